import JobQueue
import Redis
import Synchronization

/// Where simulated processes run, one strand at a time, in an order that the seed alone decides.
///
/// A strand stands still before each of its requests to Redis and in each of its sleeps; the loop of the simulation
/// picks the one whose time has come. Between two such points nothing else moves, so a seed always gives the same run.
final class SimulationScheduler: Sendable {
    /// Sees each request that Redis has carried out, whatever its sender is told.
    typealias Observer = @Sendable (RequestInterceptor.Request, RedisValue, Moment) -> String?

    struct Moment: Sendable {
        /// Time that has passed on the stage, ms.
        var elapsed: Int64
        /// What the clock of Redis shows, unix ms.
        var wall: Int64
        /// The most that it ever showed, or that a process took for it.
        var highestWall: Int64
        /// Time on the stage since a wrong clock was corrected, ms.
        var sinceCorrection: Int64
    }

    struct Violation: Sendable, Equatable {
        let step: Int
        let what: String
        /// The newest lines of the trace at that moment.
        let tail: [String]
    }

    /// What the loop has to do next.
    enum Turn: Sendable {
        case start(slot: Int)
        case proceed(strand: Int)
        case nothing
    }

    private let state: Mutex<SimulationSchedulerState>
    private let address: RedisAddress
    private let lease: Int64
    private let observe: Observer
    /// As `RedisClock` does it.
    private static let clockAge: Int64 = 10_000

    /// - Parameters:
    ///   - start: what the clock of Redis shows at first, unix ms.
    ///   - lease: of workers, ms; spans of faults go by it.
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

    // MARK: What strands ask

    var elapsed: Int64 { state.withLock { $0.elapsed } }

    /// What the strand's process takes for Redis' time: what it read up to ten seconds ago, and the time since.
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
            // After the clock was set back, a process is ahead of it until it reads it again.
            state.highestWall = max(state.highestWall, state.elapsed + known.offset)
            return state.elapsed + known.offset
        }
    }

    var moment: Moment { state.withLock { $0.moment } }

    func random<Value: Sendable>(_ draw: @Sendable (inout SeededGenerator) -> Value) -> Value {
        state.withLock { draw(&$0.random) }
    }

    /// - Returns: false when the process is to end, or has crashed.
    func sleep(until time: Int64) async -> Bool {
        guard let strand = SimulatedTask.current else { return false }
        await stop(strand, until: time)
        return goesOn
    }

    func sleep(for milliseconds: Int64) async -> Bool { await sleep(until: elapsed + max(1, milliseconds)) }

    /// Whether the strand's process is neither dead nor told to end.
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

    // MARK: What the loop asks

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

    /// Since when nothing goes wrong, on the stage's time; nil while it does.
    var soundSince: Int64? { state.withLock { $0.soundSince } }

    /// Has a process started in a slot after a while.
    func schedule(slot: Int, after delay: Int64) {
        state.withLock { $0.schedule(slot: slot, after: delay) }
    }

    /// Tells the processes of slots to end in order; none follow them.
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

    /// Puts the strands of a new process on the stage. Their tasks come to `perform` each.
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

    /// Runs a strand's body from its first turn to its end.
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

    /// What comes next in time; of several at once the oldest strand.
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

    /// Lets a strand go on to its next stop, and returns when it is there.
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
        // Nobody hammers at a broken connection: it takes a while to fail.
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
        // Redis gives the members of a set, and the fields of a hash, in an order that each server draws anew.
        if ["SMEMBERS", "HGETALL"].contains(request.name) { return "" }
        let text = replies.map(\.traceText).joined(separator: " ")
        return text.utf8.count > 160 ? text.prefix(150) + "…" : text
    }

    /// Stands still until the loop picks the strand.
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
