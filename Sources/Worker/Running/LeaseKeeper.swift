import JobQueue
import Logging
import Synchronization

/// Extends this worker's leases, writes its heartbeat, and stops attempts that must not go on: those of cancelled jobs,
/// or without a lease.
final class LeaseKeeper: Sendable {
    enum WorkerState: String, Sendable {
        case running
        /// It takes no jobs and stays.
        case quiet
        case draining
    }

    private struct Identity {
        var worker: WorkerID
        /// The queues on which the worker has a lease, as of the last reply.
        var joined: Set<QueueName> = []
        /// Queues whose lease the worker gave up; Redis may not have received that yet.
        var leaving: Set<QueueName> = []
        /// Counts changes of the two sets and of the name.
        var changes = 0
        var state = WorkerState.running
    }

    private let broker: Broker
    private let registry: WorkerRegistry
    private let active: ActivePolicy
    private let attempts: RunningAttempts
    /// The kinds that the worker can run, for the fleet view.
    private let kinds: [String: Int]
    private let host: String
    private let pid: Int32
    private let runtime: WorkerRuntime
    private let logger: Logger
    private let identity: Mutex<Identity>
    private let startedMilliseconds = Mutex<Int64>(0)
    let contact: RedisContact
    private let maintenanceWaiter = Mutex<CheckedContinuation<Void, Never>?>(nil)

    init(
        broker: Broker, active: ActivePolicy, attempts: RunningAttempts, kinds: [String: Int] = [:], host: String,
        pid: Int32, runtime: WorkerRuntime, logger: Logger
    ) {
        self.broker = broker
        registry = WorkerRegistry(broker: broker)
        self.active = active
        self.attempts = attempts
        self.kinds = kinds
        self.host = host
        self.pid = pid
        self.runtime = runtime
        self.logger = logger
        contact = RedisContact(lease: active.plan.lease, now: runtime.now)
        identity = Mutex(Identity(worker: Self.newName(host, pid, runtime)))
    }

    var worker: WorkerID { identity.withLock { $0.worker } }

    /// The queues on which this worker has a lease, as of the last reply.
    var joined: [QueueName] { identity.withLock { $0.joined }.sorted() }

    /// The name under which jobs of a queue may be fetched; nil while the worker has no lease on the queue.
    func worker(on queue: QueueName) -> WorkerID? {
        identity.withLock { $0.joined.contains(queue) ? $0.worker : nil }
    }

    var state: WorkerState {
        get { identity.withLock { $0.state } }
        set { identity.withLock { $0.state = newValue } }
    }

    /// Takes a lease on every queue of the plan.
    func join() async throws(JobQueueError) {
        let now = try await broker.clock.synchronise()
        startedMilliseconds.withLock { if $0 == 0 { $0 = now } }
        try await join(active.current.names)
        try await report()
    }

    /// Takes a lease on each of these queues where the worker has none.
    func join(_ queues: [QueueName]) async throws(JobQueueError) {
        let lease = active.plan.lease
        while let (queue, worker) = firstWithoutLease(of: queues) {
            // A remaining earlier lease would expire soon.
            if identity.withLock({ $0.leaving.contains(queue) }) { try await broker.claims.leave(queue, as: worker) }
            try await broker.claims.join(queue, as: worker, lease: lease)
            // When a lease was lost meanwhile the worker has another name, and joins the queue under that name.
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

    /// Gives up the lease on a queue from which this worker fetches no jobs and runs none.
    func leave(_ queue: QueueName) async throws(JobQueueError) {
        let worker = worker
        change { identity in
            identity.joined.remove(queue)
            identity.leaving.insert(queue)
        }
        try await broker.claims.leave(queue, as: worker)
        change { $0.leaving.remove(queue) }
    }

    private func change(_ body: (inout sending Identity) -> Void) {
        identity.withLock { identity in
            body(&identity)
            identity.changes += 1
        }
    }

    /// Called when fetch.lua reports an expired lease: extends the lease, or joins again under a new name when it is
    /// lost.
    func renew(_ worker: WorkerID) async {
        guard worker == self.worker, await !beat() else { return }
        // The fetching loop calls this at once while there is no lease; the pause keeps it from spinning as fast as
        // Redis replies.
        try? await runtime.clock.sleep(for: .milliseconds(250))
    }

    /// Joins again under a new name: claims under the old name are lost, and their attempts are stopped.
    /// - Parameter old: the name whose lease is lost; a second call for the same name does nothing.
    func rejoin(insteadOf old: WorkerID) async {
        let left = identity.withLock { identity -> Set<QueueName>? in
            guard identity.worker == old else { return nil }
            defer { (identity.joined, identity.leaving) = ([], []) }
            identity.worker = Self.newName(host, pid, runtime)
            identity.changes += 1
            return identity.joined
        }
        guard let left else { return }
        logger.error("worker \(old) has lost its lease; its jobs are stopped here and run elsewhere")
        let now = runtime.now()
        attempts.all.filter { $0.job.worker == old }.forEach { $0.stop(.leaseLost, at: now) }
        do {
            try await registry.remove(old)
            for queue in left.sorted() { try await broker.claims.leave(queue, as: old) }
            try await join()
        } catch {
            logger.error("could not join again, will be tried at the next heartbeat: \(error)")
            // The fetching loop calls this at once while there is no lease; the pause keeps it from spinning as fast as
            // Redis replies.
            try? await runtime.clock.sleep(for: .milliseconds(250))
        }
    }

    /// How long the maintenance lease holds without renewal.
    static let maintenanceLease = Duration.seconds(2)

    /// Sends heartbeats until cancelled. An idle worker loses no job with its lease and sends half as many. A failed
    /// heartbeat is repeated soon, because the lease keeps running out.
    /// - Parameter beside: called with each heartbeat; true when the worker's report has changed by it.
    func run(beside: @escaping @Sendable () async -> Bool = { false }) async {
        var succeeded = true
        while !Task.isCancelled {
            let parts = !succeeded ? 16 : attempts.count == 0 ? 2 : 4
            do { try await runtime.clock.sleep(for: active.plan.lease / parts) } catch { return }
            async let hasChanged = beside()
            succeeded = await beat()
            if await hasChanged {
                do { try await report() } catch { logger.debug("told at the next heartbeat: \(error)") }
            }
        }
    }

    /// Waits until this worker has the maintenance lease, which it requests at each heartbeat; or until cancelled.
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

    /// Acts on a cancel message at once instead of at the next heartbeat.
    func heard(_ call: CancelCalls.Call) async {
        switch call {
        case .listening: _ = await beat()
        case .changed: break
        case .cancel(let id, let queue):
            for attempt in attempts.all where attempt.job.id == id && attempt.job.queue == queue {
                // When Redis does not reply, the next heartbeat finds the cancel mark.
                guard (try? await broker.claims.isToBeCancelled(attempt.job)) == true else { continue }
                attempt.stop(.cancelRequested, at: runtime.now())
            }
        }
    }

    private func beat() async -> Bool {
        let began = runtime.now()
        do {
            try await heartbeat()
            contact.note(began.duration(to: runtime.now()), succeeded: true)
            return true
        } catch {
            contact.note(began.duration(to: runtime.now()), succeeded: false)
            logger.error("heartbeat failed: \(error)")
            return false
        }
    }

    /// All commands go in one write, because heartbeats are most of an idle worker's load.
    private func heartbeat() async throws {
        let (worker, joined, changes) = identity.withLock { ($0.worker, $0.joined.sorted(), $0.changes) }
        async let extended = broker.claims.extendLeases(on: joined, of: worker, lease: active.plan.lease)
        async let reported: Void = report()
        async let onDuty = askForMaintenance(as: worker)
        async let isFresh: Void = broker.clock.keepFresh()
        guard let known = try await extended else {
            _ = try? await (reported, onDuty, isFresh)
            // When queues were joined or left meanwhile, the reply may concern a lease that was given up on purpose.
            guard identity.withLock({ $0.changes }) == changes else { return try await heartbeat() }
            return await rejoin(insteadOf: worker)
        }
        noteSurplus(known.claims)
        if !known.cancelled.isEmpty {
            let (ids, now) = (Set(known.cancelled), runtime.now())
            for attempt in attempts.all where ids.contains(attempt.job.id) { attempt.stop(.cancelRequested, at: now) }
        }
        try await reported
        try await isFresh
        // Joins queues where an earlier attempt to join failed.
        try await join(active.current.names)
        if try await onDuty { endWaitForMaintenanceLease() }
    }

    /// A Redis that died may come back without its last second, and a replica that takes its place without what it had
    /// not received: a settlement is lost that this worker had been told of. The job would stay claimed for as long as
    /// its worker lives, so the fetching loop compares.
    private func noteSurplus(_ claims: [QueueName: Int]) {
        guard attempts.noteSurplus(claims) else { return }
        runtime.wakeUps.interrupt()
    }

    private func askForMaintenance(as worker: WorkerID) async throws(JobQueueError) -> Bool {
        guard maintenanceWaiter.withLock({ $0 != nil }) else { return false }
        return try await broker.maintenance.takeMaintenance(as: worker, for: Self.maintenanceLease)
    }

    /// Writes this worker's report to Redis.
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

    /// Gives up the leases; jobs that could not be settled are rescued at once.
    func leave() async {
        do {
            for queue in joined { try await broker.claims.leave(queue, as: worker) }
            try await registry.remove(worker, from: active.plan.pool)
        } catch {
            logger.error("could not leave in order; the leases end by themselves: \(error)")
        }
    }

    private static func newName(_ host: String, _ pid: Int32, _ runtime: WorkerRuntime) -> WorkerID {
        var random = runtime.random
        return WorkerID(host: host, pid: pid, using: &random)
    }
}
