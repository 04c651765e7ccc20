import Foundation

/// The callback job of a batch, as Redis stores it until the batch completes.
enum FollowUp {
    private struct Stored: Codable {
        var id, queue, kind, args: String
        var priority: Int
        var freshForMilliseconds: Int64?
        var options: JobOptions
    }

    /// Finds everything that could prevent the enqueue, while the parent's attempt can still fail with the error.
    /// - Parameter parent: the job whose children it waits for; its id is derived from the parent's unless it has its
    ///   own.
    /// - Throws: as `NewJob.check`; `JobQueueError.badName` when the parent's id is too long to derive another from it.
    static func text(_ job: NewJob, after parent: JobID) throws(JobQueueError) -> String {
        var checked = job
        // It starts when the children have finished, whatever time it names.
        checked.start = .now
        checked.options.parentID = parent.description
        try checked.check(now: 0)
        let id = if let own = job.id { own } else { try parent.child("then") }
        do {
            return try CompactJSON.text(
                Stored(
                    id: id.description, queue: job.queue.description, kind: job.kind.description,
                    args: String(decoding: job.payload.bytes, as: UTF8.self), priority: job.priority,
                    freshForMilliseconds: job.freshForMilliseconds, options: checked.options))
        } catch { throw .payloadNotJSON("\(error)") }
    }

    /// - Throws: `JobQueueError.unreadableRecord` for what `text` does not write.
    static func job(_ text: String, after parent: JobID) throws(JobQueueError) -> NewJob {
        do {
            let stored = try JSONDecoder().decode(Stored.self, from: Data(text.utf8))
            var job = NewJob(
                id: try JobID(stored.id), kind: try JobKind(stored.kind), queue: try QueueName(stored.queue),
                payload: try JobPayload(json: stored.args))
            job.priority = stored.priority
            job.freshForMilliseconds = stored.freshForMilliseconds
            job.options = stored.options
            return job
        } catch { throw .unreadableRecord(id: parent.description, why: "what follows its batch is '\(error)'.") }
    }
}

extension LeasedJob {
    /// Whether another job waits for this one.
    var isChildOfBatch: Bool { !envelope.options.isEmpty && envelope.options.contains("\"batch\":") }
}
