import Redis

/// Leases that have expired or cannot be, and the jobs behind them.
extension QueueMaintenance {
    /// Finds queues with expired leases; with one write.
    /// - Parameter isTrusted: whether an expired lease means that its worker is gone. After an interruption of the
    ///   contact with Redis it does not: every worker must get the chance to extend its lease first.
    /// - Returns: the queues in which jobs are to be rescued.
    public func withExpiredLeases(_ queues: [QueueName], isTrusted: Bool = true) async throws(JobQueueError)
        -> [QueueName]
    {
        let until = isTrusted ? try await runner.clock.now() : 0
        let replies = try await runner.pipeline(
            queues.map { ["ZCOUNT", .text(runner.keyspace.of($0).leases), "-inf", .integer(Int(until))] })
        return try runner.decode { () throws(RedisError) in
            var some: [QueueName] = []
            for (queue, reply) in zip(queues, replies) where try reply.int(of: "ZCOUNT") > 0 { some.append(queue) }
            return some
        }
    }

    /// Rescues the jobs of workers that gave their lease up, died, or let it expire. No attempt is spent.
    ///
    /// A death that a supervisor saw counts as a crash. An expired lease counts as one only when its worker does not
    /// come back within `patience`; until then it is undecided.
    /// - Parameters:
    ///   - maxCrashes: after that many crashes a job is dead.
    ///   - isTrusted: whether an expired lease means that its worker is gone; see `withExpiredLeases`.
    public func rescueExpired(
        in queue: QueueName, maxCrashes: Int, isTrusted: Bool = true, patience: Duration = Self.patience
    ) async throws(JobQueueError) -> RescueReport {
        let until = isTrusted ? try await runner.clock.now() : 0
        let expired = try await runner.send(
            ["ZRANGEBYSCORE", .text(runner.keyspace.of(queue).leases), "-inf", .integer(Int(until)), "LIMIT", 0, 16])
        let workers = try runner.decode { () throws(RedisError) in try expired.strings(of: "ZRANGEBYSCORE") }
        var report = RescueReport()
        for worker in workers {
            let step = RescueStep(queue, WorkerID(unchecked: worker), maxCrashes, patience, seen: nil)
            try await rescue(step, &report)
        }
        return report
    }

    /// Rescues the jobs of a worker whose death a supervisor saw, whatever its lease says. Each job counts a crash.
    /// - Parameter reason: how it died, for the history of its jobs.
    public func rescueDead(
        _ worker: WorkerID, in queue: QueueName, maxCrashes: Int, reason: String
    ) async throws(JobQueueError) -> RescueReport {
        var report = RescueReport()
        try await rescue(RescueStep(queue, worker, maxCrashes, Self.patience, seen: reason), &report)
        return report
    }

    /// How long a worker may be missing before its lost lease counts as a crash.
    public static let patience = Duration.seconds(30)

    /// The parameters that the steps of one rescue share.
    private struct RescueStep {
        let queue: QueueName
        let worker: WorkerID
        let maxCrashes: Int
        let patience: Duration
        /// How it died; nil when no supervisor saw its death.
        let seen: String?

        init(_ queue: QueueName, _ worker: WorkerID, _ maxCrashes: Int, _ patience: Duration, seen: String?) {
            self.queue = queue
            self.worker = worker
            self.maxCrashes = maxCrashes
            self.patience = patience
            self.seen = seen
        }
    }

    /// One worker's jobs, 64 at a time. A step that moves no job ends the loop, so it cannot run for ever.
    private func rescue(_ step: RescueStep, _ report: inout RescueReport) async throws(JobQueueError) {
        let keys = runner.keyspace.of(step.queue)
        let reason = step.seen ?? "its process ended"
        report.workers.append(step.worker.description)
        var left = Int.max
        for _ in 0..<4_096 where left > 0 {
            let reply = try await runner.run(
                Scripts.rescueExpired, keys.block + [keys.running(step.worker), keys.leases, keys.vanished],
                [
                    .text(step.worker.description), .integer(Int(try await runner.clock.now())),
                    .integer(step.maxCrashes),
                    step.seen == nil ? "0" : "1", .text(reason), .integer(Int(step.patience.milliseconds)),
                ])
            let counts = try numbers(reply, 3, of: "rescue_expired")
            report.rescued += counts[0]
            report.dead += counts[1]
            guard counts[2] < left else { break }
            left = counts[2]
        }
    }

    /// Decides whether a lost lease counts as a loss or a crash, for parked jobs whose worker was missing. At most 64 a
    /// call.
    public func judgeMissing(
        in queue: QueueName, maxCrashes: Int, patience: Duration = Self.patience
    ) async throws(JobQueueError) -> RescueReport {
        let keys = runner.keyspace.of(queue)
        let reply = try await runner.run(
            Scripts.resolveMissing, keys.block + [keys.vanished],
            [
                .integer(Int(try await runner.clock.now())), .integer(maxCrashes), .integer(Int(patience.milliseconds)),
                64,
            ])
        let counts = try numbers(reply, 2, of: "resolve_missing")
        return RescueReport(rescued: counts[0], dead: counts[1])
    }

    /// Queues in which workers are missing; those with leases that expire later than any can, because the clock of
    /// Redis was ahead when they were taken; and those with jobs that are due far ahead. With one write.
    public func withOddLeases(
        _ queues: [QueueName], lease: Duration
    ) async throws(JobQueueError) -> OddQueues {
        let latest = try await latestExpiry(lease)
        let far = try await runner.clock.now() + Self.farMilliseconds
        let replies = try await runner.pipeline(
            queues.flatMap { queue -> [RedisCommand] in
                let keys = runner.keyspace.of(queue)
                return [
                    ["EXISTS", .text(keys.vanished)], ["ZCOUNT", .text(keys.leases), .text("(\(latest)"), "+inf"],
                    ["ZCOUNT", .text(keys.retrying), .text("(\(far)"), "+inf"],
                    ["ZCOUNT", .text(keys.scheduled), .text("(\(far)"), "+inf"],
                ]
            })
        return try runner.decode { () throws(RedisError) in
            var odd = OddQueues()
            for (at, queue) in queues.enumerated() {
                var counts: [Int] = []
                for reply in replies[(4 * at)..<(4 * at + 4)] { counts.append(try reply.int(of: "ZCOUNT")) }
                if counts[0] > 0 { odd.missing.append(queue) }
                if counts[1] > 0 { odd.late.append(queue) }
                if counts[2] + counts[3] > 0 { odd.far.append(queue) }
            }
            return odd
        }
    }

    /// Shortens leases that expire later than any can, up to 64, so that those of dead workers expire soon. Live
    /// workers extend theirs.
    /// - Parameter lease: how long leases of this fleet are; one that expires later than in four times that is
    ///   shortened.
    public func clampLeases(in queue: QueueName, lease: Duration) async throws(JobQueueError) {
        let now = try await runner.clock.now()
        _ = try await runner.run(
            Scripts.clampLeases, [runner.keyspace.of(queue).leases],
            [.integer(Int(try await latestExpiry(lease))), .integer(Int(now + lease.milliseconds)), 64])
    }

    private func latestExpiry(_ lease: Duration) async throws(JobQueueError) -> Int64 {
        try await runner.clock.now() + 4 * lease.milliseconds
    }

    private func numbers(_ reply: RedisValue, _ count: Int, of name: String) throws(JobQueueError) -> [Int] {
        try runner.decode { () throws(RedisError) in
            var numbers: [Int] = []
            for value in try reply.array(of: name, count: count) { numbers.append(try value.int(of: name)) }
            return numbers
        }
    }
}

/// Queues that need repairs beside promoting and rescuing.
public struct OddQueues: Sendable {
    /// Workers that lost leases have not come back.
    public internal(set) var missing: [QueueName] = []
    /// Leases expire later than any can.
    public internal(set) var late: [QueueName] = []
    /// Jobs are due far ahead, perhaps because of a clock that was ahead.
    public internal(set) var far: [QueueName] = []
}

/// The result of a rescue.
public struct RescueReport: Sendable {
    /// The workers whose jobs were rescued, by id; also those that held none.
    public internal(set) var workers: [String] = []
    /// Jobs that can run again.
    public internal(set) var rescued = 0
    /// Jobs made dead: too many crashes, or a record that no worker of this version can read.
    public internal(set) var dead = 0
}
