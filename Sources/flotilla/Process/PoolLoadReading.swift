import JobQueue
import Jobs
import Operations
import ScheduleConfiguration

/// Reads the load of a pool from Redis.
struct PoolLoadReading {
    private let pool: WorkerPool
    private let file: ScheduleFile
    private let broker: Broker
    private let queues: [QueueCounts]
    private let levels: [BucketLevel]
    private let totals: AttemptTotals
    private let kinds: [KindDefinition]

    init(_ pool: WorkerPool, _ file: ScheduleFile, _ broker: Broker, kinds: [KindDefinition]) async throws {
        (self.pool, self.file, self.broker, self.kinds) = (pool, file, broker, kinds)
        let inspector = QueueInspector(broker: broker)
        var counts: [QueueCounts] = []
        for queue in try await inspector.queues() where pool.serves(queue.description) {
            counts.append(try await inspector.counts(of: queue))
        }
        queues = counts
        levels = try await RateLimiter(broker: broker, buckets: file.limits).levels()
        totals = try await AttemptStore(broker: broker).totals()
    }

    func load(processes: Int) -> PoolLoad {
        let oldest = queues.filter { $0.ready > 0 && $0.pausedBecause == nil && !waitsForTokens($0.name) }
            .map(\.oldestWaitMilliseconds).max()
        return PoolLoad(
            processes: processes, oldestWaitMilliseconds: oldest ?? 0,
            running: queues.reduce(0) { $0 + $1.running }, concurrency: pool.concurrency, feedable: feedable)
    }

    private func uses(of queue: String) -> [(level: BucketLevel, cost: Int)] {
        let rules = file.queues.first { $0.name.description == queue }
        return (rules?.limits ?? []).compactMap { use in
            levels.first { $0.bucket.name == use.name }.map { ($0, use.cost) }
        }
    }

    /// Whether a job of a queue would have to wait for tokens, those that are kept for others left out.
    private func waitsForTokens(_ queue: String) -> Bool {
        uses(of: queue).contains { level, cost in
            let kept = level.bucket.reserve.filter { $0.key != queue }.values.reduce(0, +)
            return level.closedMilliseconds > 0 || level.available < Double(cost + kept)
        }
    }

    /// So many processes are busy when the limits of the pool's queues give all that they can: jobs a second, times the
    /// mean time of a job. Nil when a queue has no limit, or nothing has run yet.
    private var feedable: Int? {
        guard !pool.servesEveryQueue else { return nil }
        var slots = 0.0
        for queue in pool.queues.map(\.description) {
            let rates = uses(of: queue).map { $0.level.bucket.ratePerSecond / Double(max(1, $0.cost)) }
            let known = [usualSeconds(queue), presentSeconds(queue)].compactMap(\.self)
            guard let rate = rates.min(), let seconds = known.max() else { return nil }
            slots += rate * seconds
        }
        return Int(min(max(1, (slots / Double(max(1, pool.concurrency))).rounded(.up)), 1_000_000))
    }

    /// The mean time of the jobs that a queue has now, in seconds, by Little's law: those that run, divided by those
    /// that end in a second. They may be of other kinds than usual.
    private func presentSeconds(_ queue: String) -> Double? {
        guard let counts = queues.first(where: { $0.name == queue }), counts.running > 0 else { return nil }
        return Double(counts.running) * 60 / Double(max(1, counts.processedLastMinute))
    }

    /// The mean time of the kinds of job that go to a queue by the schedule, in seconds.
    private func usualSeconds(_ queue: String) -> Double? {
        let scheduled = file.schedules.filter { $0.queue == queue }.map(\.job)
        let usual = kinds.filter { $0.queue.description == queue }.map(\.name)
        let known = Set(scheduled + usual).compactMap { totals.kinds[$0] }
        let count = known.reduce(0) { $0 + $1.durations.reduce(0, +) }
        guard count > 0 else { return nil }
        return Double(known.reduce(0) { $0 + $1.microseconds }) / 1_000_000 / Double(count)
    }
}
