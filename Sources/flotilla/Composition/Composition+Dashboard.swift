import Dashboard
import Exchange
import JobQueue
import Jobs
import Ledger
import Scheduler

extension DashboardJob {
    fileprivate var kind: KindDefinition {
        switch self {
        case .cacheRefresh: .cacheRefresh
        case .evaluation: .evaluation
        case .rebalance: .rebalance
        }
    }
}

extension Composition {
    /// What the HTTP API reads and changes.
    func dashboard(_ broker: Broker) async throws -> DashboardDependencies {
        let composition = self
        return DashboardDependencies(
            ledger: try await ledger(), cache: MarketDataCache(redis: broker.redis, logger: logger), broker: broker,
            logs: DashboardLogs { file in KeptLog.lines(of: file, home: composition.settings.home) }, now: now,
            figures: {
                let file = try await composition.activeSchedule(broker)
                let now = try await broker.clock.now()
                return FleetFigures(
                    limits: try await composition.limiter(file, broker).levels(),
                    lagMilliseconds: try await SchedulerLag(broker: broker).milliseconds(file, now: now))
            },
            enqueue: { job, arguments in
                let kind = job.kind
                let job = NewJob(kind: kind.kind, queue: kind.queue, payload: try ArgumentText.payload(arguments))
                try composition.check(job.payload, for: job.kind)
                return try await broker.enqueue([job])[0].id.description
            }, logger: logger)
    }
}
