/// How many processes the pools should have, and which hosts there are, at one moment.
public struct FleetState: Sendable, Equatable {
    /// Processes that operators have set, by pool.
    public var desired: [String: Int]
    /// Processes that autoscaling has set, by pool; without effect where an operator has set a number.
    public var automatic: [String: Int]
    /// The hosts with a heartbeat within the last `FleetStore.hostSilence`, by id.
    public var hosts: [HostReport]
    /// Hosts that fell silent within the last minute, without having left the fleet.
    public var silent: [HostReport] = []
    /// How many rolling restarts were asked for.
    public var roll: Int
    /// When an operator or autoscaling last changed a number, unix ms; 0 for never.
    public var scaledMilliseconds: Int64 = 0

    /// A state for tests and for readings.
    public init(
        desired: [String: Int] = [:], automatic: [String: Int] = [:], hosts: [HostReport] = [], roll: Int = 0
    ) {
        self.desired = desired
        self.automatic = automatic
        self.hosts = hosts
        self.roll = roll
    }

    /// How many processes of a pool the whole fleet should have: what an operator has set, else what autoscaling has
    /// set, else what the schedule says; always within the pool's bounds.
    public func processes(of pool: WorkerPool) -> Int {
        let automatic = pool.autoscale == nil ? nil : automatic[pool.name]
        let wanted = desired[pool.name] ?? automatic ?? pool.processes
        return min(max(wanted, pool.bounds.lowerBound), pool.bounds.upperBound)
    }

    /// By how many processes operators have moved the hosts of a pool away from their shares by signals.
    public func steps(of pool: String) -> Int { hosts(of: pool).reduce(0) { $0 + ($1.steps[pool] ?? 0) } }

    /// The live hosts that run a pool, by id. One where its processes keep dying is left out, unless they do on every
    /// host.
    public func hosts(of pool: String) -> [HostReport] {
        let serving = hosts.filter { $0.serves(pool) }
        let well = serving.filter { $0.failing?.contains(pool) != true }
        return well.isEmpty ? serving : well
    }
}
