public import Time

/// A schedule file with its own words: what two versions of it are compared by.
public struct ScheduleText: Sendable {
    /// As it is written.
    public let text: String
    /// What it means.
    public let file: ScheduleFile
    /// Every value under its path, such as `schedules.refresh-quotes.every`, as it is written. Lists are one value.
    let values: [String: String]

    /// Where nothing has been applied yet.
    public static let none = ScheduleText(text: "", file: ScheduleFile(), values: [:])

    private init(text: String, file: ScheduleFile, values: [String: String]) {
        self.text = text
        self.file = file
        self.values = values
    }

    /// - Parameter name: what the errors call the file.
    /// - Throws: as `ScheduleFile.parse`.
    public init(
        _ bytes: [UInt8], file name: String, known: KnownNames, zones: TimeZoneDatabase = TimeZoneDatabase()
    ) throws(ConfigurationError) {
        file = try ScheduleFile.parse(bytes, file: name, known: known, zones: zones)
        text = String(decoding: bytes, as: UTF8.self)
        var values: [String: String] = [:]
        if let decoded = try? SourceText.decode(bytes), let root = YAMLDocument(decoded).root {
            Self.collect(root, under: "", into: &values)
        }
        self.values = values
    }

    /// Reads and checks a file; blocks for the read of at most 1 MiB.
    /// - Throws: as `ScheduleFile.read`.
    public init(
        path: String, known: KnownNames, zones: TimeZoneDatabase = TimeZoneDatabase()
    ) throws(ConfigurationError) {
        try self.init(try ScheduleFile.bytes(path: path), file: path, known: known, zones: zones)
    }

    private static func collect(_ node: SourceNode, under path: String, into values: inout [String: String]) {
        switch node.content {
        case .scalar(let scalar): if !scalar.isNull { values[path] = scalar.text }
        case .sequence: values[path] = shown(node)
        case .mapping(let pairs):
            for pair in pairs {
                collect(pair.value, under: path.isEmpty ? pair.key : "\(path).\(pair.key)", into: &values)
            }
        }
    }

    private static func shown(_ node: SourceNode) -> String {
        switch node.content {
        case .scalar(let scalar): scalar.text
        case .sequence(let nodes): "[" + nodes.map { shown($0) }.joined(separator: ", ") + "]"
        case .mapping(let pairs): "{ " + pairs.map { "\($0.key): \(shown($0.value))" }.joined(separator: ", ") + " }"
        }
    }

    /// The values below a path, by what follows it.
    public func values(under path: String) -> [String: String] {
        var found: [String: String] = [:]
        for (key, value) in values where key.hasPrefix(path + ".") {
            found[String(key.dropFirst(path.count + 1))] = value
        }
        return found
    }

    /// Sixteen hexadecimal digits that two pairs of texts share only if they are the same: what was reviewed is what
    /// is applied.
    public static func planID(from old: ScheduleText, to new: ScheduleText) -> String {
        planID(from: old.text, to: new.text)
    }

    /// The same of bare texts.
    public static func planID(from old: String, to new: String) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        // No text holds this byte, so the border between the two cannot move.
        for byte in Array(old.utf8) + [0xFF] + Array(new.utf8) {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
