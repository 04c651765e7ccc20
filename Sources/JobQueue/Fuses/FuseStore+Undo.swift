import Redis

extension FuseStore {
    /// Takes back what an operation did to a fuse of one queue: one that was added goes, and one that was removed is
    /// put back until its old end. Jobs that were released meanwhile stay so.
    /// - Parameter entry: of the operator log of the queue.
    /// - Returns: nil for an entry of another shape.
    /// - Throws: `JobQueueError.alreadyUndone`.
    public func takeBack(
        _ entry: OperatorLogEntry, in queue: QueueName
    ) async throws(JobQueueError) -> RestoreAnswer? {
        if entry.before == "null", let added = Self.stored(entry.after) {
            let isGone = try await remove(added.id, from: [queue]).isEmpty
            return isGone ? .moved(what: "fuse '\(added.id)' is over or removed", now: "") : .restored(1)
        }
        guard let removed = Self.stored(entry.before) else { return nil }
        guard removed.until > (try await runner.clock.now()) else {
            return .moved(what: "the time of fuse '\(removed.id)' is over", now: "")
        }
        let isBack = try await put(removed.json, removed.id, removed.until, removed.length, queue) > 0
        return isBack ? .restored(1) : .moved(what: "queue '\(queue)' has other fuses by now", now: "")
    }

    /// As the operator log holds a fuse: its id, its text, its end and its length.
    private static func stored(_ text: String) -> (id: String, json: String, until: Int64, length: Int64)? {
        guard let words = CompactJSON.value(of: [String].self, in: text), words.count == 3 else { return nil }
        let times = words[2].split(separator: " ").compactMap { Int64($0) }
        guard times.count == 2 else { return nil }
        return (words[0], words[1], times[0], times[1])
    }
}
