import Redis

/// The parts of a claim: `<fence> <started, unix ms>[ cancel]`.
struct Claim: Equatable {
    let fence: Int
    let startedMilliseconds: Int64
    let isToBeCancelled: Bool

    /// Nil for anything that `fetch.lua` and `cancel.lua` do not write.
    init?(_ value: RedisValue) {
        guard let text = try? value.string() else { return nil }
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 2 || words.count == 3 && words[2] == "cancel", let fence = Int(words[0]), fence > 0,
            let started = Int64(words[1]), started >= 0
        else { return nil }
        self.fence = fence
        startedMilliseconds = started
        isToBeCancelled = words.count == 3
    }
}

extension QueueAuditor {
    /// - Returns: the fence that the queue has reached.
    func auditClaim(
        on id: String, of worker: WorkerID, in queue: QueueName, _ report: inout AuditReport
    ) async throws(JobQueueError) -> Int {
        let keys = runner.keyspace.of(queue)
        let replies = try await atomically([
            ["HGET", .text(keys.running(worker)), .text(id)], ["HGET", .text(keys.meta), "fence"],
        ])
        let fence = try runner.decode { () throws(RedisError) in try replies[1].optionalInt(of: "HGET") ?? 0 }
        // Settled meanwhile.
        guard !replies[0].isNull else { return fence }
        let text = (try? replies[0].string()) ?? "bytes that are no text"
        if let claim = Claim(replies[0]) {
            if claim.fence > fence {
                report.add(
                    .claim, queue: queue, id: id,
                    seen: "worker \(worker) has fence \(claim.fence), the queue has handed out \(fence)")
            }
        } else {
            report.add(.claim, queue: queue, id: id, seen: "worker \(worker) has the claim '\(text.prefix(80))'")
        }
        return fence
    }
}
