import Documents
import Exchange
import Foundation
import JobQueue
import Ledger
import Logging
import Trading

extension Endpoint {
    /// For Prometheus.
    static func metrics(
        _ dependencies: DashboardDependencies, counts: RequestCounts, hub: TradeSocketHub
    ) -> [Endpoint] {
        [
            Endpoint(.get, "/metrics", "Numbers of queues, workers, limits, data and requests, for Prometheus.") { _ in
                .text(
                    try await FleetMetrics(dependencies, counts: counts, hub: hub).text(),
                    contentType: "text/plain; version=0.0.4; charset=utf-8")
            }
        ]
    }
}

/// Reads the fleet's numbers as metrics. Labels are queues, states, pools and routes, so their number is bounded.
struct FleetMetrics: Sendable {
    private let dependencies: DashboardDependencies
    private let counts: RequestCounts
    private let hub: TradeSocketHub

    init(_ dependencies: DashboardDependencies, counts: RequestCounts, hub: TradeSocketHub) {
        self.dependencies = dependencies
        self.counts = counts
        self.hub = hub
    }

    func text() async throws -> String {
        var text = MetricsText()
        try await addQueues(to: &text)
        try await addAttempts(to: &text)
        try await addFleet(to: &text)
        await addFigures(to: &text)
        try await addData(to: &text)
        addRequests(to: &text)
        return text.text
    }

    private func addQueues(to text: inout MetricsText) async throws {
        let inspector = QueueInspector(broker: dependencies.broker)
        var all: [QueueCounts] = []
        for queue in try await inspector.queues() { all.append(try await inspector.counts(of: queue)) }
        text.family("flotilla_queue_jobs", .gauge, "Jobs of a queue by state.")
        for queue in all {
            let states = [
                ("ready", queue.ready), ("running", queue.running), ("scheduled", queue.scheduled),
                ("retrying", queue.retrying), ("parked", queue.parked), ("waiting", queue.waiting),
                ("dead", queue.dead),
            ]
            for (state, count) in states {
                text.sample([("queue", queue.name), ("state", state)], Double(count))
            }
        }
        text.family("flotilla_queue_oldest_ready_seconds", .gauge, "Age of the oldest ready job.")
        for queue in all { text.sample([("queue", queue.name)], Double(queue.oldestWaitMilliseconds) / 1_000) }
        text.family("flotilla_queue_paused", .gauge, "1 while a queue is paused.")
        for queue in all { text.sample([("queue", queue.name)], queue.pausedBecause == nil ? 0 : 1) }
        let totals: [(String, String, (QueueCounts) -> Int)] = [
            ("flotilla_jobs_enqueued_total", "Jobs that were enqueued.", { $0.enqueued }),
            ("flotilla_jobs_succeeded_total", "Jobs that succeeded.", { $0.succeeded }),
            ("flotilla_jobs_crashed_total", "Crashes of workers that were counted for jobs.", { $0.crashes }),
            ("flotilla_leases_lost_total", "Leases lost without a known death of the worker.", { $0.losses }),
            ("flotilla_ticks_skipped_total", "Ticks of the schedule that enqueued nothing.", { $0.ticksSkipped }),
        ]
        for (name, help, value) in totals {
            text.family(name, .counter, help)
            for queue in all { text.sample([("queue", queue.name)], Double(value(queue))) }
        }
    }

    private func addAttempts(to text: inout MetricsText) async throws {
        let kinds = try await AttemptStore(broker: dependencies.broker).totals().kinds.sorted { $0.key < $1.key }
        text.family("flotilla_attempts_total", .counter, "Attempts that ended, by how they ended.")
        for (kind, totals) in kinds {
            for (outcome, count) in totals.outcomes.sorted(by: { $0.key < $1.key }) {
                text.sample([("kind", kind), ("outcome", outcome)], Double(count))
            }
        }
        text.family("flotilla_attempt_duration_seconds", .histogram, "How long handlers ran.")
        for (kind, totals) in kinds {
            text.histogram(
                [("kind", kind)], bounds: AttemptTotals.bounds.map { Double($0) / 1_000 }, counts: totals.durations,
                sum: Double(totals.microseconds) / 1_000_000)
        }
    }

    /// What needs a schedule that can be read; else these samples are missing, and the others are there.
    private func addFigures(to text: inout MetricsText) async {
        let figures: FleetFigures
        do { figures = try await dependencies.figures() } catch {
            return dependencies.logger.warning("metrics without limits and lag: \(error)")
        }
        text.family("flotilla_schedule_lag_seconds", .gauge, "Age of the oldest tick that is due and not handled.")
        text.sample([], Double(figures.lagMilliseconds) / 1_000)
        text.family("flotilla_limit_tokens", .gauge, "Tokens that a limit has left.")
        for level in figures.limits { text.sample([("limit", level.bucket.name)], level.available) }
        text.family("flotilla_limit_rate", .gauge, "Tokens that a limit gets a second.")
        for level in figures.limits { text.sample([("limit", level.bucket.name)], level.bucket.ratePerSecond) }
        text.family("flotilla_limit_closed_seconds", .gauge, "How long a limit gives none, because a call was refused.")
        for level in figures.limits {
            text.sample([("limit", level.bucket.name)], Double(level.closedMilliseconds) / 1_000)
        }
    }

    private func addFleet(to text: inout MetricsText) async throws {
        let workers = try await WorkerRegistry(broker: dependencies.broker).live()
        let pools = Dictionary(grouping: workers, by: \.pool).sorted { $0.key < $1.key }
        text.family("flotilla_workers", .gauge, "Live workers of a pool.")
        for (pool, workers) in pools { text.sample([("pool", pool)], Double(workers.count)) }
        text.family("flotilla_slots_used", .gauge, "Slots of a pool that run a job.")
        for (pool, workers) in pools { text.sample([("pool", pool)], Double(workers.map(\.running).reduce(0, +))) }
        text.family("flotilla_slots", .gauge, "Slots of a pool.")
        for (pool, workers) in pools { text.sample([("pool", pool)], Double(workers.map(\.slots).reduce(0, +))) }
        let leader = try await QueueInspector(broker: dependencies.broker).leader()
        text.family("flotilla_scheduler_has_leader", .gauge, "1 while a scheduler leads.")
        text.sample([], leader == nil ? 0 : 1)
        text.family("flotilla_scheduler_epoch", .gauge, "Elections of a leader so far.")
        text.sample([], Double(leader?.epoch ?? 0))
    }

    private func addData(to text: inout MetricsText) async throws {
        let health = try await dependencies.ledger.health()
        text.family("flotilla_bots", .gauge, "Bots in the ledger.")
        text.sample([("status", "running")], Double(health.runningBots))
        text.sample([("status", "other")], Double(health.bots - health.runningBots))
        text.family("flotilla_orders_unsettled", .gauge, "Orders whose end the ledger does not know.")
        text.sample([], Double(health.unsettledIntents))
        let products = Set(try await dependencies.ledger.runningBots().compactMap { $0.bot?.product })
        let quotes = try await dependencies.cache.quotes(products.sorted())
        let now = dependencies.now()
        text.family("flotilla_quotes_missing", .gauge, "Products of running bots without a price in the cache.")
        text.sample([], Double(products.count - quotes.count))
        text.family("flotilla_quote_age_seconds", .gauge, "Age of the oldest price in the cache.")
        if let oldest = quotes.values.map({ $0.ageSeconds(at: now) }).max() { text.sample([], max(0, oldest)) }
    }

    private func addRequests(to text: inout MetricsText) {
        let all = counts.all
        text.family("flotilla_http_requests_total", .counter, "Requests to the API.")
        for (key, count) in all { text.sample(Self.labels(key), Double(count.requests)) }
        text.family("flotilla_http_request_seconds_total", .counter, "Time that answers took, in all.")
        for (key, count) in all { text.sample(Self.labels(key), count.seconds) }
        text.family("flotilla_numbers_not_finite_total", .counter, "Numbers in answers that were written as null.")
        text.sample([], Double(NotFiniteCount.value))
        text.family("flotilla_sockets", .gauge, "Open sockets of trades.")
        text.sample([], Double(hub.count))
    }

    private static func labels(_ key: RequestCounts.Key) -> [(String, String)] {
        [("route", key.route), ("method", key.method), ("status", key.status)]
    }
}
