import Dashboard
import Exchange
import JobQueue
import Ledger

extension Composition {
    /// What the HTTP API reads and changes.
    func dashboard(_ broker: Broker) async throws -> DashboardDependencies {
        let composition = self
        return DashboardDependencies(
            ledger: try await ledger(), cache: MarketDataCache(redis: broker.redis, logger: logger), broker: broker,
            logs: DashboardLogs { file in KeptLog.lines(of: file, home: composition.settings.home) }, now: now,
            enqueue: { kind, arguments in
                let known = try composition.known(kind: kind)
                let job = NewJob(kind: known.kind, queue: known.queue, payload: try ArgumentText.payload(arguments))
                try composition.check(job.payload, for: job.kind)
                return try await broker.enqueue([job])[0].id.description
            }, logger: logger)
    }
}
