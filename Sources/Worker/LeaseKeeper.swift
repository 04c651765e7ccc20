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
        var state = WorkerState.running
    }

    private let broker: Broker
    private let registry: WorkerRegistry
    private let plan: WorkerPlan
    private let attempts: RunningAttempts
    private let host: String
    private let pid: Int32
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let identity: Mutex<Identity>
    private let startedMilliseconds = Mutex<Int64>(0)
    private let dutyWaiter = Mutex<CheckedContinuation<Void, Never>?>(nil)

    init(
        broker: Broker, plan: WorkerPlan, attempts: RunningAttempts, host: String, pid: Int32,
        clock: any Clock<Duration>, logger: Logger
    ) {
        self.broker = broker
        registry = WorkerRegistry(broker: broker)
        self.plan = plan
        self.attempts = attempts
        self.host = host
        self.pid = pid
        self.clock = clock
        self.logger = logger
        identity = Mutex(Identity(worker: Self.newName(host, pid)))
    }

    var worker: WorkerID { identity.withLock { $0.worker } }

    var state: WorkerState {
        get { identity.withLock { $0.state } }
        set { identity.withLock { $0.state = newValue } }
    }

    /// Takes a lease on every queue of the plan.
    func join() async throws(JobQueueError) {
        let now = try await broker.clock.synchronise()
        startedMilliseconds.withLock { if $0 == 0 { $0 = now } }
        for rules in plan.queues { try await broker.join(rules.name, as: worker, lease: plan.lease) }
        try await report()
    }

    /// Starts anew under another name: claims under the old one are lost, and what still runs for them is stopped.
    /// - Parameter old: the name whose lease is lost; nothing is done when another loss of it was seen before.
    func rejoin(insteadOf old: WorkerID) async {
        let isFirst = identity.withLock { identity in
            guard identity.worker == old else { return false }
            identity.worker = Self.newName(host, pid)
            return true
        }
        guard isFirst else { return }
        logger.error("worker \(old) has lost its lease; its jobs are stopped here and run elsewhere")
        attempts.all.filter { $0.job.worker == old }.forEach { $0.stop(.leaseLost) }
        do {
            try await registry.remove(old)
            for rules in plan.queues { try await broker.leave(rules.name, as: old) }
            try await join()
        } catch {
            logger.error("could not join again, will be tried at the next heartbeat: \(error)")
            // Whoever asks for jobs without a lease comes here at once; it must not come as fast as Redis answers.
            try? await clock.sleep(for: .milliseconds(250))
        }
    }

    /// How long the duty of upkeep is held without being taken anew.
    static let duty = Duration.seconds(2)

    /// Beats until cancelled. A worker that runs nothing loses nothing with its lease, and beats half as often, unless
    /// the last beat failed.
    func run() async {
        var succeeded = true
        while !Task.isCancelled {
            let isIdle = succeeded && attempts.count == 0
            do { try await clock.sleep(for: plan.lease / (isIdle ? 2 : 4)) } catch { return }
            succeeded = await beat()
        }
    }

    /// Waits until this worker has the duty of upkeep, which is looked for at each heartbeat; or until cancelled.
    func waitForDuty() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                dutyWaiter.withLock { $0 = continuation }
                if Task.isCancelled { endWaitForDuty() }
            }
        } onCancel: {
            endWaitForDuty()
        }
    }

    private func endWaitForDuty() {
        let waiter = dutyWaiter.withLock { waiter in
            defer { waiter = nil }
            return waiter
        }
        waiter?.resume()
    }

    /// Acts on a call at once instead of at the next heartbeat.
    func heard(_ call: CancelCalls.Call) async {
        switch call {
        case .listening: _ = await beat()
        case .cancel(let id, let queue):
            for attempt in attempts.all where attempt.job.id == id && attempt.job.queue == queue {
                // Without an answer the next heartbeat finds the mark.
                if (try? await broker.isToBeCancelled(attempt.job)) == true { attempt.stop(.cancelRequested) }
            }
        }
    }

    private func beat() async -> Bool {
        do {
            try await heartbeat()
            return true
        } catch {
            logger.error("heartbeat failed: \(error)")
            return false
        }
    }

    /// All questions in one write, for an idle worker wakes for little else.
    private func heartbeat() async throws {
        let worker = worker
        async let claims = broker.extendLeases(on: plan.queues.map(\.name), of: worker, lease: plan.lease)
        async let reported: Void = report()
        async let onDuty = lookForDuty(as: worker)
        async let isFresh: Void = broker.clock.keepFresh()
        guard let cancelled = try await claims else {
            _ = try? await (reported, onDuty, isFresh)
            return await rejoin(insteadOf: worker)
        }
        if !cancelled.isEmpty {
            let ids = Set(cancelled)
            for attempt in attempts.all where ids.contains(attempt.job.id) { attempt.stop(.cancelRequested) }
        }
        try await reported
        try await isFresh
        if try await onDuty { endWaitForDuty() }
    }

    private func lookForDuty(as worker: WorkerID) async throws(JobQueueError) -> Bool {
        guard dutyWaiter.withLock({ $0 != nil }) else { return false }
        return try await broker.takeMaintenance(as: worker, for: Self.duty)
    }

    private func report() async throws(JobQueueError) {
        let now = try await broker.clock.now()
        var report = WorkerReport(
            id: worker, host: host, pid: Int(pid), pool: plan.pool, state: state.rawValue,
            queues: plan.queues.map(\.name.description), slots: plan.slots, running: attempts.count,
            rssBytes: ProcessMemory.residentBytes(), startedMilliseconds: startedMilliseconds.withLock { $0 },
            heartbeatMilliseconds: now)
        report.switchedOff = plan.switchedOff
        try await registry.report(report)
    }

    /// Gives the leases up; whatever could not be settled is rescued at once.
    func leave() async {
        do {
            for rules in plan.queues { try await broker.leave(rules.name, as: worker) }
            try await registry.remove(worker)
        } catch {
            logger.error("could not leave in order; the leases end by themselves: \(error)")
        }
    }

    private static func newName(_ host: String, _ pid: Int32) -> WorkerID {
        var random = SystemRandomNumberGenerator()
        return WorkerID(host: host, pid: pid, using: &random)
    }
}
