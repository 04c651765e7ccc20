import JobQueue
import Redis
import Synchronization

/// Runs simulated processes, one task at a time, in an order that only the seed decides.
///
/// All tasks run on one executor. A task stops before each of its requests to Redis and in each of its sleeps; once no
/// task can go on, the loop of the simulation ends the stop that is due next. One request is under way at a time, so a
/// seed always gives the same run.
final class SimulationScheduler: Sendable {
    /// Called with each request that Redis has carried out.
    /// - Returns: the violation of an invariant.
    typealias Observer = @Sendable (ObservedRequest) -> String?

    struct Moment: Sendable {
        /// Elapsed simulation time, ms.
        var elapsed: Int64
        /// The clock of Redis, unix ms.
        var wall: Int64
        /// The latest time that it ever showed, or that a process assumed for it.
        var highestWall: Int64
        /// The time that the clock has shown since the start, its forward steps included, ms. A clock that steps
        /// forward twice, after a step back or an error, passes twice.
        var passed: Int64
        /// Simulation time since a wrong clock was corrected, ms.
        var sinceCorrection: Int64
    }

    struct Violation: Sendable, Equatable {
        let step: Int
        let what: String
        /// The newest lines of the trace at the violation.
        let tail: [String]
    }

    /// The next action of the loop.
    enum Turn: Sendable {
        case start(slot: Int)
        case proceed(stop: Int)
        case nothing
    }

    /// Runs every task of every process.
    let executor = SimulationExecutor()
    private let state: Mutex<SimulationSchedulerState>
    private let address: RedisAddress
    private let lease: Int64
    private let prepare: @Sendable (RequestInterceptor.Request, Moment) async -> Void
    private let observe: Observer
    /// The age of a reading after which a process reads the clock again, as in `RedisClock`.
    private static let clockAge: Int64 = 10_000

    /// - Parameters:
    ///   - start: the initial time of the clock of Redis, unix ms.
    ///   - lease: of workers, ms; lengths of faults depend on it.
    ///   - prepare: called right before a request goes out.
    init(
        seed: UInt64, start: Int64, lease: Int64, address: RedisAddress, trace: Trace,
        prepare: @escaping @Sendable (RequestInterceptor.Request, Moment) async -> Void, observe: @escaping Observer
    ) {
        state = Mutex(
            SimulationSchedulerState(
                random: SeededGenerator(seed: seed), trace: trace, offset: start, downtime: 4 * lease))
        self.address = address
        self.lease = lease
        self.prepare = prepare
        self.observe = observe
    }

    // MARK: Called by tasks

    var elapsed: Int64 { state.withLock { $0.elapsed } }

    /// The Redis time that the task's process assumes: its last reading, up to ten seconds old, plus the time since.
    var believedNow: Int64 {
        state.withLock { state in
            guard let life = LifeID.current, var known = state.lives[life] else {
                return state.elapsed + state.offset
            }
            if state.elapsed - known.readAt >= Self.clockAge {
                known.offset = state.offset
                known.readAt = state.elapsed
                state.lives[life] = known
            }
            // After the clock was set back, a process is ahead of it until it reads the clock again.
            state.highestWall = max(state.highestWall, state.elapsed + known.offset)
            return state.elapsed + known.offset
        }
    }

    var moment: Moment { state.withLock { $0.moment } }

    func random<Value: Sendable>(_ draw: @Sendable (inout SeededGenerator) -> Value) -> Value {
        state.withLock { draw(&$0.random) }
    }

    /// Sleeps, also when the task is cancelled.
    /// - Returns: false when the process has to end, or has crashed.
    func sleep(until time: Int64) async -> Bool {
        await stop(until: time)
        return goesOn
    }

    func sleep(for milliseconds: Int64) async -> Bool { await sleep(until: elapsed + max(1, milliseconds)) }

    /// Sleeps until then, or until the task is cancelled.
    /// - Parameter id: names the sleep for `wake`; nil when nobody has to end it.
    /// - Returns: false when the task was cancelled, or its process has crashed.
    func rest(until time: Int64, id: Int? = nil) async -> Bool {
        guard !Task.isCancelled, !isDead else { return false }
        let id = id ?? newStop()
        await withTaskCancellationHandler {
            await stop(id, until: time)
        } onCancel: {
            wake(id)
        }
        return !Task.isCancelled && !isDead
    }

    func rest(for milliseconds: Int64) async -> Bool { await rest(until: elapsed + max(1, milliseconds)) }

    /// A name for one sleep.
    func newStop() -> Int {
        state.withLock { state in
            state.lastStop += 1
            return state.lastStop
        }
    }

    /// Ends a sleep now, if it is under way.
    func wake(_ id: Int) { state.withLock { $0.removeStop(id) }?.resume() }

    /// Whether the task's process is neither dead nor shutting down.
    var goesOn: Bool {
        state.withLock { state in
            guard let life = LifeID.current, let known = state.lives[life] else { return false }
            return !known.isDead && !known.isStopping
        }
    }

    var isDead: Bool {
        state.withLock { state in LifeID.current.flatMap { state.lives[$0]?.isDead } ?? true }
    }

    /// Has the body called once, when the task's process is to shut down gracefully.
    func whenStopping(_ body: @escaping @Sendable () -> Void) {
        let isStopping = state.withLock { state in
            guard let life = LifeID.current else { return false }
            state.lives[life]?.onStop = body
            return state.lives[life]?.isStopping ?? false
        }
        if isStopping { body() }
    }

    /// Ends a process at once: its tasks are cancelled, and it sends no request any more.
    func kill(_ life: LifeID, _ why: String) { state.withLock { $0.kill(life, why) }?() }

    func say(_ text: String) {
        state.withLock { state in state.note(LifeID.current?.description ?? "sim", text) }
    }

    func violate(_ what: String?) {
        guard let what else { return }
        state.withLock { $0.violate(what) }
    }

    // MARK: Called by the loop

    var steps: Int { state.withLock { $0.steps } }
    var violation: Violation? { state.withLock { $0.violation } }
    var trace: Trace { state.withLock { $0.trace } }
    var crashes: Int { state.withLock { $0.crashes } }
    var faultCount: Int { state.withLock { $0.faultCount } }

    func setFaults(_ faults: Faults) {
        state.withLock { state in
            state.faults = faults
            state.soundSince = faults == .none ? state.elapsed : nil
        }
    }

    /// Since when no faults occur, in simulation time; nil while they do.
    var soundSince: Int64? { state.withLock { $0.soundSince } }

    /// Schedules the start of a process in a slot.
    func schedule(slot: Int, after delay: Int64) {
        state.withLock { $0.schedule(slot: slot, after: delay) }
    }

    /// Shuts down the processes of slots gracefully; no processes replace them.
    func retire(_ slots: some Sequence<Int>) async {
        let slots = Set(slots)
        let bodies = state.withLock { state in
            state.retired.formUnion(slots)
            state.starts.removeAll { slots.contains($0.slot) }
            return state.lives.keys.filter { slots.contains($0.slot) }.sorted { $0.slot < $1.slot }
                .compactMap { state.beginStop($0) }
        }
        bodies.forEach { $0() }
        await settle()
    }

    /// Ends every process at once.
    func killAll() async {
        let bodies = state.withLock { state in
            state.lives.keys.sorted { $0.slot < $1.slot }.compactMap { state.kill($0, "is ended") }
        }
        bodies.forEach { $0() }
        await settle()
    }

    /// Starts a process, and returns once none of its tasks can go on.
    /// - Parameter leavesExecutor: whether a library that it uses resumes its tasks from other threads.
    func start(_ life: LifeID, leavesExecutor: Bool, _ body: @escaping @Sendable () async -> Void) async {
        // Unstructured, because a child of a task group cannot be cancelled alone.
        let task = Task(executorPreference: executor) {
            await LifeID.$current.withValue(life) { await body() }
            self.state.withLock { $0.end(life) }
        }
        state.withLock { $0.begin(life, leavesExecutor: leavesExecutor) { task.cancel() } }
        await settle()
    }

    /// The next action in time; of several at the same time the oldest.
    func nextTurn() -> Turn {
        state.withLock { state in
            var best: (at: Int64, turn: Turn)?
            for (index, start) in state.starts.enumerated() where start.at < best?.at ?? .max {
                best = (start.at, .start(slot: index))
            }
            for stop in state.stops {
                let at = state.wakeTime(of: stop)
                if at < best?.at ?? .max { best = (at, .proceed(stop: stop.id)) }
            }
            guard let best else { return .nothing }
            state.advance(to: best.at)
            guard case .start(let index) = best.turn else { return best.turn }
            return .start(slot: state.starts.remove(at: index).slot)
        }
    }

    /// Ends a stop, and returns once no task can go on.
    func proceed(_ id: Int) async {
        wake(id)
        await settle()
    }

    /// Lets every task run as far as it can. A request that goes out afterwards is the only thing under way.
    private func settle() async {
        while true {
            executor.runReady()
            guard state.withLock({ $0.isBusy() }) else { return }
            await executor.waitForWork()
        }
    }

    /// Suspends the task until the loop ends the stop; in a dead process not at all.
    private func stop(_ id: Int? = nil, until time: Int64) async {
        guard let life = LifeID.current, !isDead else { return }
        let id = id ?? newStop()
        await withCheckedContinuation { continuation in
            state.withLock { state in
                state.addStop(.init(id: id, life: life, wakeAt: time, continuation: continuation))
            }
        }
    }
}

/// Requests.
extension SimulationScheduler {
    /// Through which the simulated processes speak to Redis.
    var gate: RequestInterceptor {
        RequestInterceptor(
            before: { (request) async throws(RedisError) in try await self.enter(request) },
            after: { (request, result) throws(RedisError) in try self.leave(request, result) })
    }

    private func enter(_ request: RequestInterceptor.Request) async throws(RedisError) {
        guard let life = LifeID.current else { return }
        guard !isDead else { throw .closed }
        let (fault, wait, stops) = state.withLock { state -> (RequestFault, Int64, (@Sendable () -> Void)?) in
            let fault = state.faults.fault(lease: lease, using: &state.random)
            if fault != .none { state.faultCount += 1 }
            let wait = Int64.random(in: 0...2, using: &state.random)
            switch fault {
            case .late(let time): return (fault, wait + time, nil)
            case .pause(let time): state.lives[life]?.pausedUntil = state.elapsed + time
            case .cut(let time): state.lives[life]?.cutUntil = state.elapsed + time
            case .stop: return (fault, wait, state.beginStop(life))
            case .none, .crash, .lostReply, .refused: break
            }
            return (fault, wait, nil)
        }
        stops?()
        await stop(until: elapsed + wait)
        switch state.withLock({ $0.depart(request, of: life, fault) }) {
        case .sent: await prepare(request, moment)
        case .dead: throw .closed
        case .crashed:
            kill(life, "dies before \(request.name)")
            throw .closed
        case .refused:
            // A broken connection takes a while to fail, so that a process does not retry without delay.
            await stop(until: elapsed + max(20, lease / 50))
            throw .connectionLost(address, mayHaveRun: false)
        }
    }

    private func leave(
        _ request: RequestInterceptor.Request, _ result: Result<[RedisValue], RedisError>
    ) throws(RedisError) {
        guard let life = LifeID.current else { return }
        let fault = state.withLock { $0.underWay.take() } ?? RequestFault.none
        guard case .success(let replies) = result else { return say("\(request.name) fails") }
        say("\(request.name) \(Self.short(replies, of: request))")
        violate(
            observe(
                ObservedRequest(
                    request: request, replies: replies, moment: moment, life: life,
                    isReceived: ![.lostReply, .crash(executed: true)].contains(fault))))
        switch fault {
        case .lostReply:
            say("does not get the reply")
            throw .connectionLost(address, mayHaveRun: true)
        case .crash:
            kill(life, "dies after \(request.name)")
            throw .closed
        default: return
        }
    }

    private static func short(_ replies: [RedisValue], of request: RequestInterceptor.Request) -> String {
        // Redis returns the members of a set, and the fields of a hash, in an order that differs between servers.
        if ["SMEMBERS", "HGETALL", "HSCAN"].contains(request.name) { return "" }
        let text = replies.map(\.traceText).joined(separator: " ")
        return text.utf8.count > 160 ? text.prefix(150) + "…" : text
    }
}
