import JobQueue
import Logging
import Synchronization

/// Extends this worker's leases, tells the fleet that it lives, and stops attempts that must not go on: cancelled by
/// somebody, or without a lease.
final class LeaseKeeper: Sendable {
    enum WorkerState: String, Sendable {
        case running
        case draining
    }

    private struct Identity {
        var worker: WorkerID
        /// The queues on which it has a lease, as far as it knows.
        var joined: Set<QueueName> = []
        /// Queues whose lease was given up, which Redis may not have heard.
        var leaving: Set<QueueName> = []
        /// Counts the changes of those.
        var changes = 0
        var state = WorkerState.running
    }

    private let broker: Broker
    private let registry: WorkerRegistry
    private let active: ActivePolicy
    private let attempts: RunningAttempts
    /// What it can run, for those who look at it.
    private let kinds: [String: Int]
    private let host: String
    private let pid: Int32
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let identity: Mutex<Identity>
    private let startedMilliseconds = Mutex<Int64>(0)
    let contact: RedisContact
    private let maintenanceWaiter = Mutex<CheckedContinuation<Void, Never>?>(nil)

    init(
        broker: Broker, active: ActivePolicy, attempts: RunningAttempts, kinds: [String: Int] = [:], host: String,
        pid: Int32, clock: any Clock<Duration>, logger: Logger
    ) {
        self.broker = broker
        registry = WorkerRegistry(broker: broker)
        self.active = active
        self.attempts = attempts
        self.kinds = kinds
        self.host = host
        self.pid = pid
        self.clock = clock
        self.logger = logger
        contact = RedisContact(lease: active.plan.lease)
        identity = Mutex(Identity(worker: Self.newName(host, pid)))
    }

    var worker: WorkerID { identity.withLock { $0.worker } }

    /// The queues on which this worker has a lease, as far as it knows.
    var joined: [QueueName] { identity.withLock { $0.joined }.sorted() }

    /// Under which name jobs of a queue may be fetched; nil while there is no lease on it.
    func worker(on queue: QueueName) -> WorkerID? {
        identity.withLock { $0.joined.contains(queue) ? $0.worker : nil }
    }

    var state: WorkerState {
        get { identity.withLock { $0.state } }
        set { identity.withLock { $0.state = newValue } }
    }

    /// Takes a lease on every queue that is served.
    func join() async throws(JobQueueError) {
        let now = try await broker.clock.synchronise()
        startedMilliseconds.withLock { if $0 == 0 { $0 = now } }
        try await join(active.current.names)
        try await report()
    }

    /// Takes a lease on those of these queues on which there is none.
    func join(_ queues: [QueueName]) async throws(JobQueueError) {
        let lease = active.plan.lease
        while let (queue, worker) = firstWithoutLease(of: queues) {
            // What is left of an earlier lease would end soon.
            if identity.withLock({ $0.leaving.contains(queue) }) { try await broker.leave(queue, as: worker) }
            try await broker.join(queue, as: worker, lease: lease)
            // A lease that was lost meanwhile has brought another name, and the queue is joined under that.
            change { identity in
                guard identity.worker == worker else { return }
                identity.joined.insert(queue)
                identity.leaving.remove(queue)
            }
        }
    }

    private func firstWithoutLease(of queues: [QueueName]) -> (QueueName, WorkerID)? {
        identity.withLock { identity in
            queues.first { !identity.joined.contains($0) }.map { ($0, identity.worker) }
        }
    }

    /// Gives up the lease on a queue of which nothing is fetched and nothing runs.
    func leave(_ queue: QueueName) async throws(JobQueueError) {
        let worker = worker
        change { identity in
            identity.joined.remove(queue)
            identity.leaving.insert(queue)
        }
        try await broker.leave(queue, as: worker)
        change { $0.leaving.remove(queue) }
    }

    private func change(_ body: (inout sending Identity) -> Void) {
        identity.withLock { identity in
            body(&identity)
            identity.changes += 1
        }
    }

    /// A fetch was told that the lease has ended: it is extended, or the worker starts anew when it is lost.
    func renew(_ worker: WorkerID) async {
        guard worker == self.worker, await !beat() else { return }
        // Whoever asks for jobs without a lease comes here at once; it must not come as fast as Redis answers.
        try? await clock.sleep(for: .milliseconds(250))
    }

    /// Starts anew under another name: claims under the old one are lost, and what still runs for them is stopped.
    /// - Parameter old: the name whose lease is lost; nothing is done when another loss of it was seen before.
    func rejoin(insteadOf old: WorkerID) async {
        let left = identity.withLock { identity -> Set<QueueName>? in
            guard identity.worker == old else { return nil }
            defer { (identity.joined, identity.leaving) = ([], []) }
            identity.worker = Self.newName(host, pid)
            identity.changes += 1
            return identity.joined
        }
        guard let left else { return }
        logger.error("worker \(old) has lost its lease; its jobs are stopped here and run elsewhere")
        attempts.all.filter { $0.job.worker == old }.forEach { $0.stop(.leaseLost) }
        do {
            try await registry.remove(old)
            for queue in left.sorted() { try await broker.leave(queue, as: old) }
            try await join()
        } catch {
            logger.error("could not join again, will be tried at the next heartbeat: \(error)")
            // Whoever asks for jobs without a lease comes here at once; it must not come as fast as Redis answers.
            try? await clock.sleep(for: .milliseconds(250))
        }
    }

    /// How long the maintenance lease holds without being taken anew.
    static let maintenanceLease = Duration.seconds(2)

    /// Beats until cancelled. A worker that runs nothing loses nothing with its lease, and beats half as often. A beat
    /// that failed is repeated soon: it took its time to fail, and the lease goes on running out.
    /// - Parameter beside: what is asked with each beat; true when what this worker tells of itself has changed by it.
    func run(beside: @escaping @Sendable () async -> Bool = { false }) async {
        var succeeded = true
        while !Task.isCancelled {
            let parts = !succeeded ? 16 : attempts.count == 0 ? 2 : 4
            do { try await clock.sleep(for: active.plan.lease / parts) } catch { return }
            async let hasChanged = beside()
            succeeded = await beat()
            if await hasChanged {
                do { try await report() } catch { logger.debug("told at the next heartbeat: \(error)") }
            }
        }
    }

    /// Waits until this worker has the maintenance lease, which is asked for at each heartbeat; or until cancelled.
    func waitForMaintenanceLease() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                maintenanceWaiter.withLock { $0 = continuation }
                if Task.isCancelled { endWaitForMaintenanceLease() }
            }
        } onCancel: {
            endWaitForMaintenanceLease()
        }
    }

    private func endWaitForMaintenanceLease() {
        let waiter = maintenanceWaiter.withLock { waiter in
            defer { waiter = nil }
            return waiter
        }
        waiter?.resume()
    }

    /// Acts on a call at once instead of at the next heartbeat.
    func heard(_ call: CancelCalls.Call) async {
        switch call {
        case .listening: _ = await beat()
        case .changed: break
        case .cancel(let id, let queue):
            for attempt in attempts.all where attempt.job.id == id && attempt.job.queue == queue {
                // Without an answer the next heartbeat finds the mark.
                if (try? await broker.isToBeCancelled(attempt.job)) == true { attempt.stop(.cancelRequested) }
            }
        }
    }

    private func beat() async -> Bool {
        let began = ContinuousClock.now
        do {
            try await heartbeat()
            contact.note(began.duration(to: .now), succeeded: true)
            return true
        } catch {
            contact.note(began.duration(to: .now), succeeded: false)
            logger.error("heartbeat failed: \(error)")
            return false
        }
    }

    /// All questions in one write, for an idle worker wakes for little else.
    private func heartbeat() async throws {
        let (worker, joined, changes) = identity.withLock { ($0.worker, $0.joined.sorted(), $0.changes) }
        async let claims = broker.extendLeases(on: joined, of: worker, lease: active.plan.lease)
        async let reported: Void = report()
        async let onDuty = askForMaintenance(as: worker)
        async let isFresh: Void = broker.clock.keepFresh()
        guard let cancelled = try await claims else {
            _ = try? await (reported, onDuty, isFresh)
            // A queue that was left meanwhile has no lease to lose.
            guard identity.withLock({ $0.changes }) == changes else { return try await heartbeat() }
            return await rejoin(insteadOf: worker)
        }
        if !cancelled.isEmpty {
            let ids = Set(cancelled)
            for attempt in attempts.all where ids.contains(attempt.job.id) { attempt.stop(.cancelRequested) }
        }
        try await reported
        try await isFresh
        // Where joining had failed.
        try await join(active.current.names)
        if try await onDuty { endWaitForMaintenanceLease() }
    }

    private func askForMaintenance(as worker: WorkerID) async throws(JobQueueError) -> Bool {
        guard maintenanceWaiter.withLock({ $0 != nil }) else { return false }
        return try await broker.takeMaintenance(as: worker, for: Self.maintenanceLease)
    }

    /// Tells the fleet what this worker does.
    func report() async throws(JobQueueError) {
        let now = try await broker.clock.now()
        let serving = active.current
        var report = WorkerReport(
            id: worker, host: host, pid: Int(pid), pool: serving.plan.pool, state: state.rawValue,
            queues: serving.names.map(\.description) + (serving.plan.servesEveryQueue ? ["*"] : []),
            slots: serving.plan.slots, running: attempts.count, rssBytes: ProcessMemory.residentBytes(),
            startedMilliseconds: startedMilliseconds.withLock { $0 }, heartbeatMilliseconds: now,
            version: serving.policy.version?.number ?? 0)
        report.switchedOff = serving.plan.switchedOff
        report.kinds = kinds
        report.heldBecause = serving.plan.heldBecause()
        try await registry.report(report)
    }

    /// Gives the leases up; whatever could not be settled is rescued at once.
    func leave() async {
        do {
            for queue in joined { try await broker.leave(queue, as: worker) }
            try await registry.remove(worker, from: active.plan.pool)
        } catch {
            logger.error("could not leave in order; the leases end by themselves: \(error)")
        }
    }

    private static func newName(_ host: String, _ pid: Int32) -> WorkerID {
        var random = SystemRandomNumberGenerator()
        return WorkerID(host: host, pid: pid, using: &random)
    }
}
