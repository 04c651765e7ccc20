/// A hash that operators set: what a change found in it, and what it left.
public struct SettingChange: Sendable, Equatable {
    /// One field; a value is nil where the hash has no such field.
    public struct Field: Sendable, Equatable {
        public let name: String
        public let before, after: String?
        /// Whether another value than `after` means that the setting has moved on.
        let isGuarded: Bool
    }

    /// What an entry of the operator log tells of the hash, and what else it may hold by now. The raw value is that of
    /// restore_setting.lua.
    enum Extent: String, Sendable {
        /// The values of some fields; whatever else there is.
        case fields = "0"
        /// The whole hash, which holds nothing else.
        case whole = "1"
        /// The whole hash, of which fields that the change left alone may have changed.
        case shared = "2"
    }

    /// The key of the hash.
    public let key: String
    /// What the change found and left.
    public let fields: [Field]
    /// How the operator log tells the change, and what else the hash may hold.
    let extent: Extent
    /// How long the hash lives once it is as before; nil for good.
    public var lifetime: Duration?
    /// Whether a worker of the queue is notified afterwards.
    public var notifiesWorker = false

    /// The change of some fields, which the operator log holds as lists of their values.
    /// - Parameters:
    ///   - names: in the order of the lists.
    ///   - unguarded: those of them that other programs change too, which is no obstacle.
    /// - Returns: nil for an entry of another shape.
    public init?(_ entry: OperatorLogEntry, of key: String, _ names: [String], unguarded: Set<String> = []) {
        guard let before = Self.list(entry.before, names.count), let after = Self.list(entry.after, names.count)
        else { return nil }
        self.key = key
        fields = names.indices.map {
            Field(
                name: names[$0], before: before[$0], after: after[$0], isGuarded: !unguarded.contains(names[$0]))
        }
        extent = .fields
    }

    /// The change of a whole hash, which the operator log holds as lists of names and values in turn.
    /// - Parameter unguarded: nil when any later change of the hash is an obstacle; else only one of what this change
    ///   moved is, but for these fields.
    /// - Returns: nil for an entry of another shape.
    public init?(_ entry: OperatorLogEntry, ofHash key: String, unguarded: Set<String>? = nil) {
        guard let before = Self.hash(entry.before), let after = Self.hash(entry.after) else { return nil }
        self.key = key
        let all = Set(before.keys).union(after.keys).sorted().map {
            Field(
                name: $0, before: before[$0], after: after[$0], isGuarded: unguarded?.contains($0) != true)
        }
        fields = unguarded == nil ? all : all.filter { $0.before != $0.after }
        extent = unguarded == nil ? .whole : .shared
    }

    /// The fields that the change gave another value.
    public var moves: [Field] { fields.filter { $0.before != $0.after } }

    /// What a field had before.
    public func before(_ name: String) -> String? { fields.first { $0.name == name }?.before }

    private static func list(_ text: String, _ count: Int) -> [String?]? {
        if text == "null" { return [String?](repeating: nil, count: count) }
        guard let values = CompactJSON.value(of: [String?].self, in: text), values.count == count else { return nil }
        return values
    }

    private static func hash(_ text: String) -> [String: String]? {
        if text == "null" { return [:] }
        guard let words = CompactJSON.value(of: [String].self, in: text), words.count % 2 == 0 else { return nil }
        return Dictionary(
            stride(from: 0, to: words.count, by: 2).map { (words[$0], words[$0 + 1]) }, uniquingKeysWith: { $1 })
    }
}
