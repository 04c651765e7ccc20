/// A job and its queue: `<queue>/<id>`.
struct JobAddress: Sendable, Equatable {
    let queue: QueueName
    let id: JobID

    init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let queue = try? QueueName(String(parts[0])), let id = try? JobID(String(parts[1]))
        else { return nil }
        self.queue = queue
        self.id = id
    }
}
