public import Documents
public import JobQueue

/// How many processes the pools of the active schedule should have, and where they run.
public struct ScaleReading: Sendable {
    /// The pools of the active schedule.
    public let pools: [WorkerPool]
    /// What is set, and the hosts.
    public let state: FleetState

    /// Reads Redis, and changes nothing.
    public init(_ pools: [WorkerPool], _ broker: Broker) async throws(JobQueueError) {
        self.pools = pools
        state = try await FleetStore(broker: broker).state()
    }

    /// A state that was not read, such as that after a change which is only shown.
    public init(_ pools: [WorkerPool], _ state: FleetState) {
        self.pools = pools
        self.state = state
    }

    /// The same after changes that are only shown.
    public func after(_ changes: [FleetStore.PoolChange]) -> ScaleReading {
        var state = state
        for change in changes { state.desired[change.pool] = change.wanted }
        return ScaleReading(pools, state)
    }

    /// Those of the wanted pools that no live host runs, by name.
    public func withoutHost(_ changes: [FleetStore.PoolChange]) -> [String] {
        changes.filter { $0.wanted != 0 && state.hosts(of: $0.pool).isEmpty }.map(\.pool)
    }

    /// Who has set the number of a pool.
    public func setBy(_ pool: WorkerPool) -> String {
        if state.desired[pool.name] != nil { return "operator" }
        return pool.autoscale != nil && state.automatic[pool.name] != nil ? "autoscale" : "schedule"
    }

    /// Processes of a pool that run, as its hosts say.
    public func running(_ pool: WorkerPool) -> Int {
        state.hosts(of: pool.name).reduce(0) { $0 + ($1.running[pool.name] ?? 0) }
    }

    /// As `scale --json` prints it.
    /// - Parameters:
    ///   - names: only these pools; empty for all.
    ///   - before: the state before a change; nil when nothing was changed.
    public func documents(_ names: [String] = [], before: FleetState? = nil) -> [ScaleDocument] {
        pools.filter { names.isEmpty || names.contains($0.name) }.map { pool in
            ScaleDocument(
                name: pool.name, desired: state.processes(of: pool), was: (before ?? state).processes(of: pool),
                scheduled: pool.processes, bounds: pool.bounds, running: running(pool), setBy: setBy(pool),
                hosts: state.hostDocuments(of: pool.name))
        }
    }
}

extension FleetState {
    /// The hosts of a pool with what runs there, by id.
    public func hostDocuments(of pool: String) -> [HostProcessesDocument] {
        hosts(of: pool).map { HostProcessesDocument(host: $0.name, running: $0.running[pool] ?? 0) }
    }
}
