public import JobQueue

/// The changed copy that takes a dead job's place: `failed edit`.
public struct DeadEditDocument: Encodable, Sendable {
    /// Null for a dry run.
    @OrNull var id: String?
    let origin, kind, queue: String
    let changes: OrderedFields<Change>

    /// - Parameters:
    ///   - origin: the dead job.
    ///   - isDone: false for a dry run.
    ///   - changes: name, old and new value of what is different; the value of `args` is JSON text.
    public init(
        _ job: NewJob, inPlaceOf origin: JobID, isDone: Bool, changes: [(name: String, old: String, new: String)]
    ) {
        id = isDone ? job.id?.description : nil
        self.origin = origin.description
        kind = job.kind.description
        queue = job.queue.description
        self.changes = OrderedFields(
            changes.map { ($0.name, Change(isJSON: $0.name == "args", old: $0.old, new: $0.new)) })
    }

    struct Change: Encodable, Sendable {
        let isJSON: Bool
        let old, new: String

        func encode(to encoder: any Encoder) throws {
            var fields = encoder.container(keyedBy: CodingKeys.self)
            for (key, text) in [(CodingKeys.old, old), (.new, new)] {
                if isJSON {
                    try fields.encode(RawJSON(text), forKey: key)
                } else {
                    try fields.encode(text, forKey: key)
                }
            }
        }

        enum CodingKeys: String, CodingKey { case old, new }
    }
}
