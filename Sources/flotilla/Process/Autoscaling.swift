import JobQueue
import Logging
import Operations
import ScheduleConfiguration

/// Follows the load of the pools that the schedule lets grow and shrink. Runs on one host at a time; a second one that
/// believes to be that host changes nothing that the first has changed, because each change names what it has seen.
actor Autoscaling {
    /// Two looks with a late job add processes, so that the fleet grows within a few seconds.
    private static let interval = Duration.seconds(2)

    private let composition: Composition
    private let broker: Broker
    private let logger: Logger
    private var pools: [String: PoolAutoscaler] = [:]
    private var last: ContinuousClock.Instant?

    init(_ composition: Composition, _ broker: Broker) {
        self.composition = composition
        self.broker = broker
        logger = composition.logger
    }

    /// Looks at every pool that is scaled by its load, unless it has just done so.
    func turn(_ state: FleetState, _ file: ScheduleFile) async {
        let now = ContinuousClock.now
        if let last, now - last < Self.interval { return }
        last = now
        for pool in file.pools {
            guard let rules = pool.autoscale, state.desired[pool.name] == nil else {
                pools[pool.name] = nil
                continue
            }
            do { try await look(at: pool, rules, state, file) } catch {
                logger.warning("pool '\(pool.name)' keeps its processes; its load cannot be read: \(error)")
            }
        }
    }

    private func look(
        at pool: WorkerPool, _ rules: PoolAutoscale, _ state: FleetState, _ file: ScheduleFile
    ) async throws {
        let load = try await PoolLoadReading(pool, file, broker, kinds: composition.kinds).load(
            processes: state.processes(of: pool))
        var autoscaler = pools[pool.name] ?? PoolAutoscaler()
        let wanted = autoscaler.processes(for: load, by: rules, at: try await broker.clock.now())
        pools[pool.name] = autoscaler
        guard wanted != load.processes else { return }
        let why =
            wanted > load.processes
            ? "the oldest ready job has waited \(load.oldestWaitMilliseconds) ms" : "too little to do"
        let note = OperatorNote(by: "autoscale", "pool.autoscale", "\(pool.name)=\(wanted)", why: why)
        let change = FleetStore.PoolChange(pool: pool.name, seen: state.automatic[pool.name], wanted: wanted)
        let answer = try await FleetStore(broker: broker.noting(note)).scale([change], automatically: true)
        guard answer == .set else { return }
        logger.notice("pool '\(pool.name)' has \(wanted) processes instead of \(load.processes): \(why)")
    }
}
