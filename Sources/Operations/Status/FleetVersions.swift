public import JobQueue
public import ScheduleConfiguration

/// Whether the workers use the active version of the schedule; shown by `status`, `doctor` and `apply`.
public struct FleetVersions: Sendable {
    /// The active version; nil when no schedule was ever activated.
    public let active: ScheduleStamp?
    /// The live ones.
    public let workers: [WorkerReport]
    /// The pools of the active version, with the processes that the whole fleet should have of each.
    public let pools: [WorkerPool]
    /// The hosts, and what was asked of them.
    public let state: FleetState
    /// When each pool last lost a worker, unix ms.
    let losses: [String: Int64]
    /// Unix milliseconds.
    let now: Int64

    /// A worker that uses another version for longer than this lags behind.
    static let patienceMilliseconds: Int64 = 5_000
    /// A pool may lack a worker for as long as one takes to start again.
    static let shortPatienceMilliseconds: Int64 = 20_000

    /// Reads Redis, and changes nothing.
    /// - Parameter file: the active version; nil when it cannot be read, and then no pool lacks workers.
    public init(_ file: ScheduleFile?, _ broker: Broker) async throws {
        active = try await broker.schedules.activeVersion()
        let registry = WorkerRegistry(broker: broker)
        workers = try await registry.live()
        losses = try await registry.losses()
        let state = try await FleetStore(broker: broker).state()
        pools = (file?.pools ?? []).map { pool in
            var pool = pool
            pool.processes = max(0, state.processes(of: pool) + state.steps(of: pool.name))
            return pool
        }
        self.state = state
        now = try await broker.clock.now()
    }

    init(
        active: ScheduleStamp?, workers: [WorkerReport], pools: [WorkerPool], losses: [String: Int64] = [:], now: Int64
    ) {
        self.active = active
        self.workers = workers
        self.pools = pools
        self.losses = losses
        self.now = now
        state = FleetState()
    }

    /// Workers that fetch jobs under another version than the active one.
    public var others: [WorkerReport] {
        guard let active else { return [] }
        return workers.filter { $0.version != active.number && $0.state != "draining" }
    }

    /// The workers among them that had enough time to change.
    var lagging: [WorkerReport] {
        guard let active else { return [] }
        return others.filter {
            now - max(active.storedMilliseconds, $0.startedMilliseconds) > Self.patienceMilliseconds
        }
    }

    /// How many live workers a pool has.
    public func running(in pool: WorkerPool) -> Int { workers.count { $0.pool == pool.name } }

    /// Pools that have lacked workers for longer than a start takes.
    var short: [WorkerPool] {
        guard let active, let first = workers.map(\.startedMilliseconds).min() else { return [] }
        return pools.filter { pool in
            let since = max(
                active.storedMilliseconds, first, losses[pool.name] ?? 0, state.scaledMilliseconds)
            return running(in: pool) < pool.processes && now - since > Self.shortPatienceMilliseconds
        }
    }

    /// The workers that lag behind, in one sentence; nil when none does.
    public var lag: String? {
        guard let active, !lagging.isEmpty else { return nil }
        return "\(lagging.count) of \(workers.count) workers do not go by schedule version \(active.number): "
            + Self.names(of: lagging)
    }

    /// What a person can do about `lag`.
    public static let lagRemedy =
        "Their logs say why; one of an older program has to be replaced: flotilla worker of this version."

    private static func names(of workers: [WorkerReport]) -> String {
        let shown = workers.prefix(5).map { "\($0.id) (\($0.shownVersion))" }.joined(separator: ", ")
        return workers.count > 5 ? "\(shown) and \(workers.count - 5) more" : shown
    }

    /// The pools that lack workers, in one sentence; nil when none does.
    public var shortage: String? {
        guard !short.isEmpty else { return nil }
        return "pools lack workers: "
            + short.map { "\($0.name) runs \(running(in: $0)) of \($0.processes)" }.joined(separator: ", ")
    }

    /// What a person can do about `shortage`.
    public static let shortageRemedy = "Is 'flotilla up' there to start them? Else start 'flotilla worker --pool NAME'."

    /// Whether workers use a new version, for display.
    public var obedience: String {
        guard !others.isEmpty else {
            return workers.count == 1 ? "The one worker goes by it." : "All \(workers.count) workers go by it."
        }
        return "\(others.count) of \(workers.count) workers do not go by it yet: \(Self.names(of: others)). "
            + "'flotilla status' shows when they do."
    }
}

extension WorkerReport {
    /// The version of the schedule that the worker goes by, in words.
    public var shownVersion: String { version > 0 ? "version \(version)" : "no version" }
}
