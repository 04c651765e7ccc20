import JobQueue
import Synchronization

/// Why the worker stops an attempt before it has finished.
public enum StopReason: Sendable {
    /// Its deadline has passed.
    case timedOut
    /// An operator, or a parent's cancellation, cancelled the job.
    case cancelRequested
    /// Another worker has the job, or may get it.
    case leaseLost
    /// The worker ends.
    case shutdown
}

/// One attempt in progress.
final class Attempt: Sendable {
    /// When it is stopped; its handler may bring that forward.
    var deadline: ContinuousClock.Instant {
        get { state.withLock { $0.deadline } }
        set { state.withLock { $0.deadline = min($0.deadline, newValue) } }
    }
    /// Whether a success is reported to the circuit that admitted the job.
    let reportsSuccess: Bool
    /// How long its handler may go on after cancellation; then the process ends.
    let killAfter: Duration
    /// Whether the next crash of the job would be its last.
    let crashedBefore: Bool
    private let state: Mutex<State>

    private struct State {
        var job: LeasedJob
        var deadline: ContinuousClock.Instant
        /// Cancels the task that runs the attempt; nil until it runs.
        var cancel: (@Sendable () -> Void)?
        var reason: StopReason?
        var stopped: ContinuousClock.Instant?
        var hasEnded = false
        /// The handler has returned, which freed its slot.
        var isSettling = false
    }

    init(
        job: LeasedJob, deadline: ContinuousClock.Instant, killAfter: Duration = .seconds(30),
        reportsSuccess: Bool = false
    ) {
        self.killAfter = killAfter
        self.reportsSuccess = reportsSuccess
        crashedBefore = job.isIsolated
        state = Mutex(State(job: job, deadline: deadline))
    }

    /// The job as it is now; it changes when its handler stores a checkpoint.
    var job: LeasedJob {
        get { state.withLock { $0.job } }
        set { state.withLock { $0.job = newValue } }
    }

    /// Stores the function that cancels the task; an attempt that was stopped before is cancelled at once.
    func started(_ cancel: @escaping @Sendable () -> Void) {
        let stopped = state.withLock { state in
            state.cancel = cancel
            return state.reason != nil
        }
        if stopped { cancel() }
    }

    /// Detaches the attempt from its task, which goes on to the next job.
    /// - Returns: why the attempt was stopped, if it was; its task is cancelled then, now or soon.
    @discardableResult
    func end() -> StopReason? {
        state.withLock { state in
            state.hasEnded = true
            state.cancel = nil
            return state.reason
        }
    }

    /// Cancels the handler. The first reason counts, and only while the handler runs.
    func stop(_ reason: StopReason, at now: ContinuousClock.Instant) {
        let cancel: (@Sendable () -> Void)? = state.withLock { state in
            guard !state.hasEnded else { return nil }
            if state.reason == nil {
                state.reason = reason
                state.stopped = now
            }
            return state.cancel
        }
        cancel?()
    }

    /// The handler has returned; only the settlement is left.
    fileprivate func handlerEnded() {
        state.withLock { state in
            state.hasEnded = true
            state.isSettling = true
        }
    }

    var stopReason: StopReason? { state.withLock { $0.reason } }
    var hasEnded: Bool { state.withLock { $0.hasEnded } }
    fileprivate var isSettling: Bool { state.withLock { $0.isSettling } }

    /// Whether its handler was cancelled that long ago and still runs.
    func ignoresStop(for limit: Duration, at now: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            guard let stopped = state.stopped, state.cancel != nil, !state.hasEnded else { return false }
            return stopped.duration(to: now) >= limit
        }
    }
}

/// The attempts of one worker, and its free slots. Shared by the fetching loop, the lease keeper and the attempts.
///
/// A slot is free again when its handler has returned. The attempt stays until it is settled: this worker still holds
/// its claim, and settles it while the next handlers run.
final class RunningAttempts: Sendable {
    /// An attempt, and how many were added before it.
    private struct Entry {
        let attempt: Attempt
        let number: Int
    }

    private struct State {
        var slots: Int
        var attempts: [ObjectIdentifier: Entry] = [:]
        /// Attempts that were ever added.
        var added = 0
        /// Attempts among them whose handler has returned.
        var settling = 0
        /// Attempts among them of jobs whose next crash would be their last.
        var crashedBefore = 0
        var takesNoMore = false
        var isListening = false
        var changed: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>
    private let surplus = Mutex<Set<QueueName>>([])

    init(slots: Int) { state = Mutex(State(slots: slots)) }

    /// Changes the number of slots. Running attempts go on, even when they are more than that.
    func resize(to slots: Int) { change { $0.slots = slots } }

    var count: Int { state.withLock { $0.attempts.count } }
    /// The attempts whose handler runs.
    var busy: Int { state.withLock { $0.attempts.count - $0.settling } }
    var free: Int { state.withLock { free($0) } }

    private func free(_ state: State) -> Int {
        // How many attempts may wait for settlement beside the running ones.
        let backlog = max(state.slots, 64)
        let busy = state.attempts.count - state.settling
        return max(0, min(state.slots - busy, state.slots + backlog - state.attempts.count))
    }
    /// In the order in which they were added.
    var all: [Attempt] {
        state.withLock { Array($0.attempts.values) }.sorted { $0.number < $1.number }.map(\.attempt)
    }
    private var unordered: [Attempt] { state.withLock { $0.attempts.values.map(\.attempt) } }

    /// How many attempts of each queue hold a slot.
    var busyByQueue: [QueueName: Int] {
        Dictionary(grouping: unordered.filter { !$0.hasEnded }, by: \.job.queue).mapValues(\.count)
    }

    /// Remembers the queues where Redis holds more claims of this worker than there are attempts.
    /// - Returns: whether there are any.
    func noteSurplus(_ claims: [QueueName: Int]) -> Bool {
        let held = Dictionary(grouping: unordered, by: \.job.queue).mapValues(\.count)
        let more = claims.filter { $0.value > held[$0.key, default: 0] }.keys
        surplus.withLock { $0.formUnion(more) }
        return !more.isEmpty
    }

    var hasSurplus: Bool { surplus.withLock { !$0.isEmpty } }

    /// Those queues, since the last call.
    func takeSurplus() -> Set<QueueName> {
        surplus.withLock { queues in
            defer { queues = [] }
            return queues
        }
    }

    /// Whether any of a queue runs or is being settled.
    func hasAny(of queue: QueueName) -> Bool { unordered.contains { $0.job.queue == queue } }

    /// Whether a job runs whose next crash would be its last.
    var hasCrashedBefore: Bool { state.withLock { $0.crashedBefore > 0 } }

    func add(_ attempts: [Attempt]) {
        change { state in
            for attempt in attempts {
                state.attempts[ObjectIdentifier(attempt)] = Entry(attempt: attempt, number: state.added)
                state.added += 1
                if attempt.crashedBefore { state.crashedBefore += 1 }
            }
        }
    }

    func remove(_ attempts: [Attempt]) {
        change { state in
            for attempt in attempts {
                guard state.attempts.removeValue(forKey: ObjectIdentifier(attempt)) != nil else { continue }
                if attempt.crashedBefore { state.crashedBefore -= 1 }
                if attempt.isSettling { state.settling -= 1 }
            }
        }
    }

    /// Frees the slot of an attempt whose handler has returned.
    func handlerEnded(_ attempt: Attempt) {
        attempt.handlerEnded()
        change { $0.settling += 1 }
    }

    /// Ends every wait for a slot, now and later, because the worker drains.
    func takeNoMore() { change { $0.takesNoMore = true } }

    /// Waits for a free slot, or until no more attempts are taken.
    func waitForSlot() async { await wait { $0.takesNoMore || self.free($0) > 0 } }

    /// Waits until there is an attempt, or no more are taken.
    func waitUntilBusy() async { await wait { $0.takesNoMore || !$0.attempts.isEmpty } }

    /// Waits until no attempt is running.
    func waitUntilIdle() async { await wait { $0.attempts.isEmpty } }

    /// Whether a background task waits for a wake-up.
    var isListening: Bool { state.withLock { $0.isListening } }

    /// - Returns: false when a background task waits already.
    func beginListening() -> Bool {
        state.withLock { state in
            defer { state.isListening = true }
            return !state.isListening
        }
    }

    /// A wake-up arrived, or the wait for one timed out.
    func endListening() { change { $0.isListening = false } }

    /// Waits for `endListening`, or until fewer attempts run.
    func waitForCall(orFewerThan running: Int) async {
        await wait { $0.takesNoMore || !$0.isListening || $0.attempts.count - $0.settling < running }
    }

    private func change(_ body: (inout sending State) -> Void) {
        let waiting = state.withLock { state in
            body(&state)
            defer { state.changed = [] }
            return state.changed
        }
        waiting.forEach { $0.resume() }
    }

    private func wait(until holds: (State) -> Bool) async {
        while !state.withLock({ holds($0) }) {
            await withCheckedContinuation { continuation in
                let now = state.withLock { state in
                    if holds(state) { return true }
                    state.changed.append(continuation)
                    return false
                }
                if now { continuation.resume() }
            }
        }
    }
}
