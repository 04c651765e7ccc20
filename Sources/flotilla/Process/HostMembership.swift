import Fleet
import JobQueue
import Logging
import ScheduleConfiguration

/// Who a supervisor is among the hosts of the fleet.
struct HostIdentity: Sendable {
    /// The same after a restart on this host.
    let id: String
    /// For people.
    let name: String
    let capacity: Int
    /// Nil for every pool.
    let pools: [String]?
    /// How long a new host watches before it starts anything, so that hosts that start together do not each start the
    /// whole fleet.
    let settling: Duration
    /// Of this supervisor: another one for each start.
    let instance = String(UInt64.random(in: .min ... .max), radix: 36)

    var report: HostReport {
        HostReport(id: id, instance: instance, name: name, capacity: capacity, pools: pools)
    }
}

/// This host's part in the fleet: tells the others every second what runs here, and knows the share of each pool.
///
/// An actor, because heartbeats, signals and edits of the schedule change the same numbers. While Redis is away it
/// knows nothing new, so what runs stays; after an absence it waits until the others have come back too.
actor HostMembership {
    static let interval = Duration.seconds(1)
    /// After an absence of Redis other hosts need this long to be seen again.
    private static let patience = Duration.seconds(3)

    private let store: FleetStore
    private let settling: Duration
    private let logger: Logger
    private let clock = ContinuousClock()
    private var report: HostReport
    /// What the share goes by; nil until it is known.
    private var known: FleetState?
    private var lastBeat: ContinuousClock.Instant?
    private var trustedFrom: ContinuousClock.Instant
    private var isTroubled = false
    private var dying = DyingPools()
    private let begun: ContinuousClock.Instant
    private var isLeaving = false

    init(_ identity: HostIdentity, broker: Broker, logger: Logger) {
        store = FleetStore(broker: broker)
        settling = identity.settling
        self.logger = logger
        report = identity.report
        begun = .now
        trustedFrom = begun
    }

    /// The state that the share goes by, if this host has one and leads the others: it decides what one host has to
    /// decide for all. Nil on all other hosts.
    var stateToDecide: FleetState? {
        guard let known, !isTroubled, known.hosts.first?.id == report.id else { return nil }
        return known
    }

    /// Sends a heartbeat.
    /// - Parameter running: the processes that run here, by pool.
    /// - Returns: whether the share is known from a state that can be trusted.
    func beat(running: [String: Int]) async -> Bool {
        guard !isLeaving else { return false }
        report.running = running
        let sent = report
        do {
            let answer = try await store.heartbeat(sent)
            if isLeaving {
                try await store.leave(sent.id)
                return false
            }
            if isTroubled { logger.notice("the other hosts hear of this one again") }
            isTroubled = false
            return take(answer)
        } catch {
            if !isTroubled { logger.warning("what runs here stays as it is; no heartbeat of this host: \(error)") }
            isTroubled = true
            return await knowsByReading()
        }
    }

    /// A Redis that refuses writes, because its disk or memory is full, can be read: a host that has just started then
    /// runs its share as if its heartbeat had been stored.
    private func knowsByReading() async -> Bool {
        guard known == nil, var state = try? await store.state() else { return false }
        state.hosts = (state.hosts.filter { $0.id != report.id } + [report]).sorted { $0.id < $1.id }
        known = state
        return true
    }

    /// Tells the others of the pools whose processes keep dying here.
    /// - Parameter workers: the processes of the schedule's pools.
    func note(_ workers: [WorkerStatus]) {
        let now = begun.duration(to: clock.now)
        dying.note(workers, at: now)
        let names = dying.names(at: now)
        for name in names where report.failing?.contains(name) != true {
            logger.error("the processes of pool '\(name)' keep dying here: for a while other hosts run its share")
        }
        report.failing = names.isEmpty ? nil : names
    }

    private func take(_ answer: FleetStore.Heartbeat) -> Bool {
        let now = clock.now
        if let lastBeat {
            if now - lastBeat > Self.patience { trustedFrom = now + Self.patience }
            if let previous = answer.previous, previous.instance != report.instance { renameItself() }
        } else {
            trustedFrom = now + settling
            // Processes that have just started need no restart.
            report.roll = answer.state.roll
        }
        lastBeat = now
        // A Redis without its data counts from the beginning.
        report.roll = min(report.roll, answer.state.roll)
        guard now >= trustedFrom else { return false }
        known = answer.state
        return true
    }

    /// Another supervisor uses the same id, on another machine of the same name.
    private func renameItself() {
        let old = report.id
        report.id = "\(old)#\(report.instance)"
        logger.error(
            """
            another supervisor calls itself \(old): this one is \(report.id) from now on. Give each its own \
            name with --host, or its own FLOTILLA_HOME
            """)
    }

    /// How many processes of each pool of a schedule run here; nil while that is not known.
    func counts(_ file: ScheduleFile) -> [String: Int]? {
        guard let known else { return nil }
        var counts: [String: Int] = [:]
        for pool in file.pools where report.serves(pool.name) {
            let hosts = known.hosts(of: pool.name).map { FleetHost(id: $0.id, capacity: $0.capacity) }
            let shares = ShareOut.shares(of: pool.name, known.processes(of: pool), among: hosts)
            let count = (shares[report.id] ?? 0) + (report.steps[pool.name] ?? 0)
            counts[pool.name] = min(max(count, 0), FleetPlan.maxProcesses)
        }
        return counts
    }

    /// Moves this host away from its share of its first pool, as SIGTTIN and SIGTTOU ask for.
    func step(_ processes: Int, _ file: ScheduleFile) {
        let names = report.pools ?? file.pools.map(\.name)
        guard let pool = names.first(where: { name in file.pools.contains { $0.name == name } }),
            let count = counts(file)?[pool], (0...FleetPlan.maxProcesses).contains(count + processes)
        else { return }
        report.steps[pool, default: 0] += processes
        logger.notice("a signal asks for \(count + processes) processes of pool '\(pool)' here instead of \(count)")
    }

    /// The number of the rolling restart that is this host's turn; nil when there is none. Hosts take turns by their
    /// ids, and all that follow a host where it stopped do nothing.
    var dueRestart: Int? {
        guard let known, known.roll > report.roll, report.stoppedRoll != known.roll else { return nil }
        let others = known.hosts.filter { $0.id != report.id }
        guard !others.contains(where: { $0.stoppedRoll == known.roll }),
            others.allSatisfy({ $0.id > report.id || $0.roll >= known.roll })
        else { return nil }
        return known.roll
    }

    /// Says how a rolling restart ended here; the others hear it with the next heartbeat.
    func endRestart(_ number: Int, stopped: Bool) {
        if stopped { report.stoppedRoll = number } else { report.roll = number }
    }

    /// Tells the others at once that this host stops, so that they take over its share.
    func leave() async {
        isLeaving = true
        guard lastBeat != nil, !isTroubled else { return }
        do { try await store.leave(report.id) } catch {
            logger.debug("the other hosts will miss this one in a while: \(error)")
        }
    }
}
