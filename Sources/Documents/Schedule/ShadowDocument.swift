/// The schedule beside what a running Celery beat sends: `schedule shadow`.
public struct ShadowDocument: Encodable, Sendable {
    let from, to: DocumentTime
    @OrNull var agrees: Bool?
    let messages, events: Int
    let entries: [Entry]
    let unknown: [Unknown]
    let notCompared: [String]

    /// - Parameters:
    ///   - window: when messages were listened for, unix milliseconds.
    ///   - agrees: nil when nothing was heard that could be compared.
    ///   - events: messages that an event told of.
    ///   - unknown: how often tasks came that no entry stands for.
    ///   - notCompared: entries for which no task was heard.
    public init(
        window: Range<Int64>, agrees: Bool?, messages: Int, events: Int, entries: [Entry], unknown: [String: Int],
        notCompared: [String]
    ) {
        from = DocumentTime(window.lowerBound)
        to = DocumentTime(window.upperBound)
        self.agrees = agrees
        self.messages = messages
        self.events = events
        self.entries = entries
        self.unknown = unknown.sorted { $0.key < $1.key }.map { Unknown(task: $0.key, count: $0.value) }
        self.notCompared = notCompared
    }

    enum CodingKeys: String, CodingKey {
        case from, to, agrees, messages, events, entries, unknown
        case notCompared = "not_compared"
    }

    /// An entry beside the task that it stands for.
    public struct Entry: Encodable, Sendable {
        let name, task: String
        let matched: Int
        let missing, extra: [DocumentTime]
        let offsetMs, jitterMs: Int64

        /// - Parameters:
        ///   - matched: ticks for which a message came.
        ///   - missing: nominal times for which none came, unix milliseconds.
        ///   - extra: when messages came for which there is no tick, unix milliseconds.
        ///   - offsetMs: how much later than its tick the middle message came.
        ///   - jitterMs: how far the others lie from that at the most.
        public init(
            name: String, task: String, matched: Int, missing: [Int64], extra: [Int64], offsetMs: Int64, jitterMs: Int64
        ) {
            self.name = name
            self.task = task
            self.matched = matched
            self.missing = missing.map { DocumentTime($0) }
            self.extra = extra.map { DocumentTime($0) }
            self.offsetMs = offsetMs
            self.jitterMs = jitterMs
        }

        enum CodingKeys: String, CodingKey {
            case name, task, matched, missing, extra
            case offsetMs = "offset_ms"
            case jitterMs = "jitter_ms"
        }
    }

    struct Unknown: Encodable, Sendable {
        let task: String
        let count: Int
    }
}
