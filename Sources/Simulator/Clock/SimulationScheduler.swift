import JobQueue
import Redis
import Synchronization

/// Runs the tasks of simulated processes, one at a time, in an order that only the seed decides.
///
/// A task stops before each of its requests to Redis and in each of its sleeps; the loop of the simulation resumes the
/// task that is due next. Between two stops no other task runs, so a seed always gives the same run.
final class SimulationScheduler: Sendable {
    /// Called with each request that Redis has carried out, whatever reply its sender gets.
    typealias Observer = @Sendable (RequestInterceptor.Request, RedisValue, Moment) -> String?

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
        case proceed(strand: Int)
        case nothing
    }

    private let state: Mutex<SimulationSchedulerState>
    private let address: RedisAddress
    private let lease: Int64
    private let observe: Observer
    /// The age of a reading after which a process reads the clock again, as in `RedisClock`.
    private static let clockAge: Int64 = 10_000

    /// - Parameters:
    ///   - start: the initial time of the clock of Redis, unix ms.
    ///   - lease: of workers, ms; lengths of faults depend on it.
    init(
        seed: UInt64, start: Int64, lease: Int64, address: RedisAddress, trace: Trace, observe: @escaping Observer
    ) {
        state = Mutex(
            SimulationSchedulerState(
                random: SeededGenerator(seed: seed), trace: trace, offset: start, downtime: 4 * lease))
        self.address = address
        self.lease = lease
        self.observe = observe
    }

    // MARK: Called by tasks

    var elapsed: Int64 { state.withLock { $0.elapsed } }

    /// The Redis time that the task's process assumes: its last reading, up to ten seconds old, plus the time since.
    var believedNow: Int64 {
        state.withLock { state in
            guard let life = SimulatedTask.current?.life, var known = state.lives[life] else {
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

    /// - Returns: false when the process has to end, or has crashed.
    func sleep(until time: Int64) async -> Bool {
        guard let strand = SimulatedTask.current else { return false }
        await stop(strand, until: time)
        return goesOn
    }

    func sleep(for milliseconds: Int64) async -> Bool { await sleep(until: elapsed + max(1, milliseconds)) }

    /// Whether the task's process is neither dead nor shutting down.
    var goesOn: Bool {
        state.withLock { state in
            guard let life = SimulatedTask.current?.life, let known = state.lives[life] else { return false }
            return !known.isDead && !known.isStopping
        }
    }

    var isDead: Bool {
        state.withLock { state in SimulatedTask.current.flatMap { state.lives[$0.life]?.isDead } ?? true }
    }

    func say(_ text: String) {
        state.withLock { state in state.note(SimulatedTask.current?.name ?? "sim", text) }
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
    var strandCount: Int { state.withLock { $0.places.count } }

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
    func retire(_ slots: some Sequence<Int>) {
        let slots = Set(slots)
        state.withLock { state in
            state.retired.formUnion(slots)
            state.starts.removeAll { slots.contains($0.slot) }
            for life in state.lives.keys where slots.contains(life.slot) { state.lives[life]?.isStopping = true }
        }
    }

    /// Ends every process at its next stop.
    func killAll() {
        state.withLock { state in
            for life in state.lives.keys { state.lives[life]?.isDead = true }
        }
    }

    /// Registers the tasks of a new process. The Swift task of each then calls `perform`.
    func open(_ life: LifeID, strands names: [String]) -> [SimulatedTask] {
        state.withLock { state in
            state.lives[life] = .init(strands: names.count, offset: state.offset, readAt: state.elapsed)
            state.note("\(life)", "starts")
            return names.map { name in
                state.nextStrand += 1
                let strand = SimulatedTask(id: state.nextStrand, life: life, name: "\(life)\(name)")
                state.places.append(.init(strand: strand, wakeAt: state.elapsed))
                return strand
            }
        }
    }

    /// Runs a task's body from its first turn to its end.
    func perform(_ strand: SimulatedTask, _ body: @Sendable () async -> Void) async {
        await withCheckedContinuation { continuation in
            let mayGo = state.withLock { state in
                guard let at = state.index(of: strand.id), !state.places[at].mayGo else { return true }
                state.places[at].continuation = continuation
                return false
            }
            if mayGo { continuation.resume() }
        }
        await SimulatedTask.$current.withValue(strand) { await body() }
        state.withLock { $0.close(strand) }?.resume()
    }

    /// The next action in time; of several at the same time that of the oldest task.
    func nextTurn() -> Turn {
        state.withLock { state in
            var best: (at: Int64, turn: Turn)?
            for (index, start) in state.starts.enumerated() where start.at < best?.at ?? .max {
                best = (start.at, .start(slot: index))
            }
            for place in state.places {
                let at = state.wakeTime(of: place)
                if at < best?.at ?? .max { best = (at, .proceed(strand: place.strand.id)) }
            }
            guard let best else { return .nothing }
            state.advance(to: best.at)
            guard case .start(let index) = best.turn else { return best.turn }
            return .start(slot: state.starts.remove(at: index).slot)
        }
    }

    /// Resumes a task, and returns when it has reached its next stop.
    func proceed(_ id: Int) async {
        await withCheckedContinuation { control in
            let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
                guard let at = state.index(of: id) else { return control }
                state.control = control
                state.places[at].mayGo = true
                defer { state.places[at].continuation = nil }
                return state.places[at].continuation
            }
            next?.resume()
        }
    }

    // MARK: Requests

    var gate: RequestInterceptor {
        RequestInterceptor(
            before: { (request) async throws(RedisError) in try await self.enter(request) },
            after: { (request, replies) throws(RedisError) in try self.leave(request, replies) })
    }

    private func enter(_ request: RequestInterceptor.Request) async throws(RedisError) {
        guard let strand = SimulatedTask.current else { return }
        let (fault, wait) = state.withLock { state -> (RequestFault, Int64) in
            let fault = state.faults.fault(lease: lease, using: &state.random)
            if fault != .none { state.faultCount += 1 }
            var wait = Int64.random(in: 0...2, using: &state.random)
            switch fault {
            case .late(let time): wait += time
            case .pause(let time): state.lives[strand.life]?.pausedUntil = state.elapsed + time
            case .cut(let time): state.lives[strand.life]?.cutUntil = state.elapsed + time
            case .stop: state.lives[strand.life]?.isStopping = true
            case .none, .crash, .lostReply, .refused: break
            }
            return (fault, wait)
        }
        await stop(strand, until: elapsed + wait)
        let refusal = state.withLock { $0.refusal(of: request, by: strand, fault, at: address) }
        guard let refusal else { return }
        // A broken connection takes a while to fail, so that a process does not retry without delay.
        if case .connectionLost = refusal { await stop(strand, until: elapsed + max(20, lease / 50)) }
        throw refusal
    }

    private func leave(_ request: RequestInterceptor.Request, _ replies: [RedisValue]) throws(RedisError) {
        guard let strand = SimulatedTask.current else { return }
        let reply = replies.first ?? .null
        let moment = moment
        let broken = observe(request, reply, moment)
        let loss = state.withLock { state -> RedisError? in
            state.note(strand.name, "\(request.name) \(Self.short(replies, of: request))")
            if let broken { state.violate(broken) }
            guard let at = state.index(of: strand.id) else { return .closed }
            let fault = state.places[at].afterwards
            state.places[at].afterwards = .none
            switch fault {
            case .lostReply:
                state.note(strand.name, "does not get the reply")
                return .connectionLost(address, mayHaveRun: true)
            case .crash:
                state.kill(strand.life, "dies after \(request.name)")
                return .closed
            default: return nil
            }
        }
        if let loss { throw loss }
    }

    private static func short(_ replies: [RedisValue], of request: RequestInterceptor.Request) -> String {
        // Redis returns the members of a set, and the fields of a hash, in an order that differs between servers.
        if ["SMEMBERS", "HGETALL"].contains(request.name) { return "" }
        let text = replies.map(\.traceText).joined(separator: " ")
        return text.utf8.count > 160 ? text.prefix(150) + "…" : text
    }

    /// Suspends the task until the loop resumes it.
    private func stop(_ strand: SimulatedTask, until time: Int64) async {
        await withCheckedContinuation { continuation in
            let control = state.withLock { state -> CheckedContinuation<Void, Never>? in
                guard let at = state.index(of: strand.id) else { return continuation }
                state.places[at].continuation = continuation
                state.places[at].mayGo = false
                state.places[at].wakeAt = time
                return state.control.take()
            }
            control?.resume()
        }
    }
}
