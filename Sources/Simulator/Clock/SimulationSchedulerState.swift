import Redis

/// The state of a simulation scheduler; guarded by its lock.
struct SimulationSchedulerState {
    struct Place {
        let strand: SimulatedTask
        var wakeAt: Int64
        var continuation: CheckedContinuation<Void, Never>?
        /// The loop resumed it before its Swift task had reached its first stop.
        var mayGo = false
        /// The fault that strikes the task once Redis has carried out its request.
        var afterwards = RequestFault.none
    }

    struct LifeState {
        var strands: Int
        var isDead = false
        var isStopping = false
        var pausedUntil: Int64 = 0
        var cutUntil: Int64 = 0
        /// The process's last reading of the Redis clock: its difference from simulation time, and the time of the
        /// reading.
        var offset: Int64
        var readAt: Int64
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
    var places: [Place] = []
    var lives: [LifeID: LifeState] = [:]
    var starts: [(at: Int64, slot: Int)] = []
    /// Slots whose process is not replaced.
    var retired: Set<Int> = []
    var nextStrand = 0
    /// The continuation of the loop, while a task runs.
    var control: CheckedContinuation<Void, Never>?
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

    func index(of strand: Int) -> Int? { places.firstIndex { $0.strand.id == strand } }

    /// Tasks of a dead process resume at once, to end.
    func wakeTime(of place: Place) -> Int64 {
        guard let life = lives[place.strand.life], !life.isDead else { return elapsed }
        return max(elapsed, place.wakeAt, life.pausedUntil)
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

    mutating func kill(_ life: LifeID, _ why: String) {
        note("\(life)", why)
        crashes += 1
        lives[life]?.isDead = true
    }

    /// Removes a task that has ended.
    /// - Returns: the continuation of the loop, which goes on now.
    mutating func close(_ strand: SimulatedTask) -> CheckedContinuation<Void, Never>? {
        places.removeAll { $0.strand.id == strand.id }
        lives[strand.life]?.strands -= 1
        if lives[strand.life]?.strands == 0 {
            lives[strand.life] = nil
            note("\(strand.life)", "has ended")
            schedule(slot: strand.life.slot, after: random.span(10, downtime))
        }
        return control.take()
    }

    mutating func schedule(slot: Int, after delay: Int64) {
        guard !retired.contains(slot) else { return }
        starts.append((at: elapsed + delay, slot: slot))
    }

    /// Why a request does not reach Redis; nil when it is sent now.
    mutating func refusal(
        of request: RequestInterceptor.Request, by strand: SimulatedTask, _ fault: RequestFault,
        at address: RedisAddress
    ) -> RedisError? {
        steps += 1
        guard let life = lives[strand.life], !life.isDead, let at = index(of: strand.id) else { return .closed }
        if random.happens(faults.clockStep) {
            let jump = Faults.clockJump(using: &random)
            offset += jump
            highestWall = max(highestWall, elapsed + offset)
            note("clock", "jumps by \(jump) ms")
        }
        if faults.clockError > 0, random.happens(faults.clockError) { goWrong() }
        if life.cutUntil > elapsed {
            note(strand.name, "\(request.name) does not get through")
            return .connectionLost(address, mayHaveRun: false)
        }
        switch fault {
        case .crash(executed: false):
            kill(strand.life, "dies before \(request.name)")
            return .closed
        case .refused:
            note(strand.name, "\(request.name) is refused")
            return .connectionLost(address, mayHaveRun: false)
        case .crash(executed: true), .lostReply: places[at].afterwards = fault
        case .late(let time): note(strand.name, "\(request.name) was \(time) ms on its way")
        case .none, .pause, .cut, .stop: break
        }
        return nil
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
