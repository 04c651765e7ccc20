import Redis

/// Checks the invariants of the scripts against the keys alone, and reports where they do not hold. Changes nothing.
///
/// The fleet may run meanwhile. A job that looks wrong in a pass is read again atomically (MULTI) before it is
/// reported, so a job that moves is not a finding.
///
/// Keys are read in pages. Jobs are compared in passes of about `jobsPerPass`, each over all of a queue's keys: memory
/// stays the same however long the queues are, time grows with the square beyond one pass. A second read costs O(length
/// of the ready list).
public struct QueueAuditor: Sendable {
    let runner: ScriptRunner
    let jobsPerPass: Int
    /// Second reads in one queue; suspects beyond that number are counted and not confirmed.
    static let secondLookLimit = 2_000
    static let wakeLimit = 64

    /// - Parameter jobsPerPass: jobs in memory at one time, about 100 bytes each; at least 1.
    public init(broker: Broker, jobsPerPass: Int = 100_000) {
        runner = broker.runner
        self.jobsPerPass = max(1, jobsPerPass)
    }

    /// Audits every key of the engine.
    /// - Throws: `JobQueueError.redis` when Redis cannot be reached. Findings are not errors.
    public func audit() async throws(JobQueueError) -> AuditReport {
        var report = AuditReport()
        let keyspace = try await scanKeys(&report)
        let listed = Set(try await QueueInspector(runner).queues())
        for queue in listed.union(keyspace.queues).sorted() where !keyspace.mistyped.contains(queue) {
            report.queues += 1
            try await auditListing(of: queue, listed, &report)
            var claimants = Set(try await ClaimStore(runner).leaseHolders(of: queue))
            claimants.formUnion(keyspace.claimants[queue] ?? [])
            try await auditLeases(of: queue, claimants, &report)
            let workers = claimants.sorted { $0.description < $1.description }
            let jobFindings = try await auditJobs(of: queue, workers, &report)
            try await auditLocks(of: queue, workers, &report)
            // Missing or doubled jobs make the sums wrong as well; one finding is enough.
            try await auditTotals(of: queue, claimants, alsoSum: jobFindings == 0, &report)
            try await auditTicks(of: queue, &report)
        }
        try await auditEpochs(of: listed.union(keyspace.queues).subtracting(keyspace.mistyped).sorted(), &report)
        return report
    }

    private func auditListing(
        of queue: QueueName, _ listed: Set<QueueName>, _ report: inout AuditReport
    ) async throws(JobQueueError) {
        guard !listed.contains(queue) else { return }
        // A scheduler stores its epoch also in queues that have had no job yet: those need not be listed.
        let replies = try await atomically([
            ["EXISTS", .text(runner.keyspace.of(queue).jobs)],
            ["SISMEMBER", .text(runner.keyspace.queues), .text(queue.description)],
        ])
        if replies == [.integer(1), .integer(0)] {
            report.add(.unlisted, queue: queue, seen: "it has jobs and is not in \(runner.keyspace.queues)")
        }
    }

    /// Finds claims of workers without a lease, which no rescue would find.
    private func auditLeases(
        of queue: QueueName, _ claimants: Set<WorkerID>, _ report: inout AuditReport
    ) async throws(JobQueueError) {
        let keys = runner.keyspace.of(queue)
        for worker in claimants.sorted(by: { $0.description < $1.description }) {
            let replies = try await atomically([
                ["ZSCORE", .text(keys.leases), .text(worker.description)], ["HLEN", .text(keys.running(worker))],
            ])
            guard replies[0].isNull, case .integer(let claims) = replies[1], claims > 0 else { continue }
            report.add(.orphan, queue: queue, id: worker.description, seen: "\(claims) claims and no lease")
        }
    }

    /// Runs read commands as one transaction.
    func atomically(_ commands: [RedisCommand]) async throws(JobQueueError) -> [RedisValue] {
        // They travel in one write of one connection, so no command of another task gets into the transaction.
        let replies = try await runner.pipeline([["MULTI"]] + commands + [["EXEC"]])
        return try runner.decode { () throws(RedisError) in
            let values = try replies[replies.count - 1].array(of: "EXEC")
            for value in values { _ = try value.checked() }
            return values
        }
    }
}
