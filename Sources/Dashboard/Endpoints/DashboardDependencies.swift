public import JobQueue
public import Ledger
public import Logging

public import struct Exchange.MarketDataCache
public import struct Foundation.Date

/// What the endpoints read and change. Nothing here asks the exchange: what a page shows was written by a job.
public struct DashboardDependencies: Sendable {
    /// The one database.
    public let ledger: Ledger
    /// The one cache of market data.
    public let cache: MarketDataCache
    /// Queues, for health and metrics.
    public let broker: Broker
    /// The logs that the health page shows.
    public let logs: DashboardLogs
    /// Wall time.
    public let now: @Sendable () -> Date
    /// What `/metrics` says of limits and the schedule.
    public let figures: @Sendable () async throws -> FleetFigures
    /// Enqueues a job with arguments as JSON text; returns its id.
    public let enqueue: @Sendable (_ job: DashboardJob, _ arguments: String) async throws -> String
    /// Of the service.
    public let logger: Logger

    /// Opens and checks nothing.
    public init(
        ledger: Ledger, cache: MarketDataCache, broker: Broker, logs: DashboardLogs = .none,
        now: @escaping @Sendable () -> Date,
        figures: @escaping @Sendable () async throws -> FleetFigures = { FleetFigures() },
        enqueue: @escaping @Sendable (_ job: DashboardJob, _ arguments: String) async throws -> String, logger: Logger
    ) {
        self.ledger = ledger
        self.cache = cache
        self.broker = broker
        self.logs = logs
        self.now = now
        self.figures = figures
        self.enqueue = enqueue
        self.logger = logger
    }
}
