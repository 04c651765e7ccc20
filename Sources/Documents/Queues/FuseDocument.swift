public import JobQueue

/// A fuse: `fuse list`, and what `fuse add` has added.
public struct FuseDocument: Encodable, Sendable {
    let id, kind: String
    let match: RawJSON
    let queues: [String]
    let since, until: DocumentTime
    let by: String
    @OrNull var reason: String?

    /// - Parameter queues: those that have it.
    public init(_ fuse: Fuse, queues: [QueueName]) {
        id = fuse.id
        kind = fuse.kind.description
        match = RawJSON((try? CompactJSON.text(fuse.match)) ?? "{}")
        self.queues = queues.map(\.description)
        since = DocumentTime(fuse.since)
        until = DocumentTime(fuse.until)
        by = fuse.who
        reason = fuse.reason.isEmpty ? nil : fuse.reason
    }
}

/// That a fuse was taken out: `fuse remove`.
public struct FuseRemovedDocument: Encodable, Sendable {
    let id: String
    let queues: [String]

    /// - Parameter queues: those that had it.
    public init(_ id: String, queues: [QueueName]) {
        self.id = id
        self.queues = queues.map(\.description)
    }
}
