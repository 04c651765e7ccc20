import Redis

/// The state of a simulation scheduler; guarded by its lock.
struct SimulationSchedulerState {
    /// A task that waits for simulation time to pass.
    struct Stop {
        let id: Int
        let life: LifeID
        let wakeAt: Int64
        let continuation: CheckedContinuation<Void, Never>
    }

    struct LifeState {
        /// Cancels the task of the process.
        let cancel: @Sendable () -> Void
        let leavesExecutor: Bool
        /// Called when it is to shut down gracefully.
        var onStop: (@Sendable () -> Void)?
        /// Stops of its tasks.
        var stops = 0
        var isDead = false
        var isStopping = false
        var pausedUntil: Int64 = 0
        var cutUntil: Int64 = 0
        /// The process's last reading of the Redis clock: its difference from simulation time, and the time of the
        /// reading.
        var offset: Int64
        var readAt: Int64
    }

    /// The fate of a request when it is to go out.
    enum Departure {
        case sent
        case refused
        case crashed
        /// Its process has died meanwhile.
        case dead
    }

    var random: SeededGenerator
    var trace: Trace
    var faults = Faults.none
    var soundSince: Int64? = 0
    var elapsed: Int64 = 0
    /// The clock of Redis less simulation time, ms.
    var offset: Int64 { didSet { stepped += max(0, offset - oldValue) } }
    /// All forward steps of the clock together, ms.
    private var stepped: Int64 = 0
    var highestWall: Int64
    /// A temporary clock error: when it ends, and by how much the clock is then set.
    var excursion: (endsAt: Int64, by: Int64)?
    /// When processes can no longer act on readings of the wrong clock.
    private var forgetsAt: Int64 = .max
    /// When a wrong clock was corrected last; nil for never.
    private var correctedAt: Int64?
    /// Requests that reached Redis, or would have without a fault.
    var steps = 0
    /// Oldest first.
    var stops: [Stop] = []
    var lastStop = 0
    var lives: [LifeID: LifeState] = [:]
    var starts: [(at: Int64, slot: Int)] = []
    /// Slots whose process is not replaced.
    var retired: Set<Int> = []
    /// The fault of the request that Redis carries out at present; nil when it carries out none.
    var underWay: RequestFault?
    var violation: SimulationScheduler.Violation?
    var crashes = 0
    var faultCount = 0

    /// The longest time until a process is replaced by another.
    let downtime: Int64

    init(random: SeededGenerator, trace: Trace, offset: Int64, downtime: Int64) {
        self.downtime = downtime
        self.random = random
        self.trace = trace
        self.offset = offset
        highestWall = offset
    }

    mutating func addStop(_ stop: Stop) {
        stops.append(stop)
        lives[stop.life]?.stops += 1
    }

    /// - Returns: the task that waited; nil when there is no such stop.
    mutating func removeStop(_ id: Int) -> CheckedContinuation<Void, Never>? {
        guard let at = stops.firstIndex(where: { $0.id == id }) else { return nil }
        let stop = stops.remove(at: at)
        lives[stop.life]?.stops -= 1
        return stop.continuation
    }

    /// Tasks of a dead process resume at once, to end.
    func wakeTime(of stop: Stop) -> Int64 {
        guard let life = lives[stop.life], !life.isDead else { return elapsed }
        return max(elapsed, stop.wakeAt, life.pausedUntil)
    }

    /// Whether a task will go on that has no stop: one that waits for Redis, or for another thread. A process in which
    /// no task can ever go on violates an invariant.
    mutating func isBusy() -> Bool {
        if underWay != nil { return true }
        let waiting = lives.filter { $0.value.stops == 0 }
        if waiting.contains(where: \.value.leavesExecutor) { return true }
        if let stuck = waiting.keys.min(by: { $0.slot < $1.slot }) {
            violate("\(stuck) neither ends nor waits for anything that comes")
        }
        return false
    }

    mutating func advance(to time: Int64) {
        elapsed = max(elapsed, time)
        if let wrong = excursion, elapsed >= wrong.endsAt {
            offset += wrong.by
            excursion = nil
            forgetsAt = elapsed + Self.longestBelief
            correctedAt = elapsed
            note("clock", "is corrected by \(wrong.by) ms")
        }
        if elapsed >= forgetsAt {
            highestWall = elapsed + offset
            forgetsAt = .max
        }
        highestWall = max(highestWall, elapsed + offset)
    }

    /// How long a process may act on a clock reading from before a correction, in milliseconds.
    private static let longestBelief: Int64 = 120_000

    var moment: SimulationScheduler.Moment {
        SimulationScheduler.Moment(
            elapsed: elapsed, wall: elapsed + offset, highestWall: highestWall, passed: elapsed + stepped,
            sinceCorrection: correctedAt.map { elapsed - $0 } ?? .max)
    }

    mutating func goWrong() {
        guard excursion == nil else { return }
        let by = Faults.clockError(using: &random)
        offset += by
        highestWall = max(highestWall, elapsed + offset)
        excursion = (elapsed + random.span(1_000, 120_000), -by)
        note("clock", "is wrong by \(by) ms")
    }

    mutating func note(_ name: String, _ text: String) { trace.add("\(steps) \(elapsed)ms \(name): \(text)") }

    mutating func violate(_ what: String) {
        note("VIOLATION", what)
        if violation == nil { violation = SimulationScheduler.Violation(step: steps, what: what, tail: trace.tail) }
    }

    mutating func begin(_ life: LifeID, leavesExecutor: Bool, cancel: @escaping @Sendable () -> Void) {
        lives[life] = LifeState(
            cancel: cancel, leavesExecutor: leavesExecutor, offset: offset, readAt: elapsed)
        note("\(life)", "starts")
    }

    mutating func end(_ life: LifeID) {
        lives[life] = nil
        note("\(life)", "has ended")
        schedule(slot: life.slot, after: random.span(10, downtime))
    }

    /// - Returns: what ends the tasks of the process, to be called without the lock; nil when it is dead already.
    mutating func kill(_ life: LifeID, _ why: String) -> (@Sendable () -> Void)? {
        guard let known = lives[life], !known.isDead else { return nil }
        note("\(life)", why)
        crashes += 1
        lives[life]?.isDead = true
        return known.cancel
    }

    /// - Returns: what tells the process to shut down, to be called without the lock.
    mutating func beginStop(_ life: LifeID) -> (@Sendable () -> Void)? {
        guard let known = lives[life], !known.isStopping else { return nil }
        lives[life]?.isStopping = true
        return known.onStop
    }

    mutating func schedule(slot: Int, after delay: Int64) {
        guard !retired.contains(slot) else { return }
        starts.append((at: elapsed + delay, slot: slot))
    }

    /// Decides whether a request reaches Redis.
    mutating func depart(
        _ request: RequestInterceptor.Request, of life: LifeID, _ fault: RequestFault
    ) -> Departure {
        steps += 1
        guard let known = lives[life], !known.isDead else { return .dead }
        if random.happens(faults.clockStep) {
            let jump = Faults.clockJump(using: &random)
            offset += jump
            highestWall = max(highestWall, elapsed + offset)
            note("clock", "jumps by \(jump) ms")
        }
        if faults.clockError > 0, random.happens(faults.clockError) { goWrong() }
        if known.cutUntil > elapsed {
            note("\(life)", "\(request.name) does not get through")
            return .refused
        }
        switch fault {
        case .crash(executed: false): return .crashed
        case .refused:
            note("\(life)", "\(request.name) is refused")
            return .refused
        case .late(let time): note("\(life)", "\(request.name) was \(time) ms on its way")
        case .none, .crash, .lostReply, .pause, .cut, .stop: break
        }
        underWay = fault
        return .sent
    }
}

extension RedisValue {
    /// As a trace shows it.
    var traceText: String {
        switch self {
        case .array(let values): "[" + values.map(\.traceText).joined(separator: ",") + "]"
        case .bulk(let bytes):
            String(decoding: bytes.prefix(60), as: UTF8.self).split(whereSeparator: \.isNewline).joined(separator: "|")
        case .simple(let text): text
        case .error(let text): text
        case .integer(let number): "\(number)"
        case .null: "-"
        }
    }
}
