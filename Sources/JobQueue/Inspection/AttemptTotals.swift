/// How attempts ended and how long their handlers ran, by kind; for metrics.
public struct AttemptTotals: Sendable, Equatable {
    /// The attempts of one kind.
    public struct OfKind: Sendable, Equatable {
        /// By outcome: `succeeded failed refused postponed stopped`.
        public var outcomes: [String: Int] = [:]
        /// Handlers that took up to each of `bounds` and longer than the one before; the last element counts the rest.
        public var durations = [Int](repeating: 0, count: AttemptTotals.bounds.count + 1)
        /// The time of all handlers.
        public var microseconds = 0
    }

    /// Upper bounds of the ranges in which times are counted, in milliseconds.
    public static let bounds = [10, 50, 250, 1_000, 5_000, 30_000]

    public private(set) var kinds: [String: OfKind] = [:]

    public init() {}

    public var isEmpty: Bool { kinds.isEmpty }

    /// Counts an attempt that ended.
    public mutating func count(_ kind: String, _ outcome: String) {
        kinds[kind, default: OfKind()].outcomes[outcome, default: 0] += 1
    }

    /// Counts the time of a handler.
    public mutating func count(_ kind: String, nanoseconds: Int64) {
        let microseconds = max(0, nanoseconds / 1_000)
        let range = Self.bounds.firstIndex { microseconds <= $0 * 1_000 } ?? Self.bounds.count
        kinds[kind, default: OfKind()].durations[range] += 1
        kinds[kind, default: OfKind()].microseconds += Int(microseconds)
    }

    public mutating func add(_ other: AttemptTotals) {
        for (kind, theirs) in other.kinds {
            var mine = kinds[kind] ?? OfKind()
            mine.outcomes.merge(theirs.outcomes) { $0 + $1 }
            mine.durations = zip(mine.durations, theirs.durations).map { $0 + $1 }
            mine.microseconds += theirs.microseconds
            kinds[kind] = mine
        }
    }

    /// As stored in a hash: `<kind> o:<outcome>`, `<kind> d:<number of the range>` and `<kind> us`, each a number.
    var fields: [(name: String, value: Int)] {
        kinds.sorted { $0.key < $1.key }.flatMap { kind, totals in
            totals.outcomes.sorted { $0.key < $1.key }.map { ("\(kind) o:\($0.key)", $0.value) }
                + totals.durations.enumerated().map { ("\(kind) d:\($0.offset)", $0.element) }
                + [("\(kind) us", totals.microseconds)]
        }.filter { $0.value > 0 }
    }

    /// Takes a field of the hash; one that is not of this form is left out.
    mutating func read(_ field: String, _ value: Int) {
        let words = field.split(separator: " ", maxSplits: 1)
        guard words.count == 2, value >= 0 else { return }
        var totals = kinds[String(words[0])] ?? OfKind()
        switch words[1].prefix(2) {
        case "o:": totals.outcomes[String(words[1].dropFirst(2))] = value
        case "us": totals.microseconds = value
        case "d:":
            guard let range = Int(words[1].dropFirst(2)), totals.durations.indices.contains(range) else { return }
            totals.durations[range] = value
        default: return
        }
        kinds[String(words[0])] = totals
    }
}
