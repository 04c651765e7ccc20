/// The fault of one request.
enum RequestFault: Sendable, Equatable {
    case none
    /// The process dies, before the request was carried out or after.
    case crash(executed: Bool)
    /// The request was carried out, and its sender gets a lost connection instead of the reply.
    case lostReply
    /// The request was not carried out.
    case refused
    /// The request is on its way for so many milliseconds; the time in its reply is that old when it arrives.
    case late(Int64)
    /// The process stops, as after SIGSTOP, and goes on with its old state.
    case pause(Int64)
    /// The process has no connection for a while.
    case cut(Int64)
    /// The process gets SIGTERM and shuts down gracefully.
    case stop
}

/// The frequency of faults, in ten-thousandths of the requests.
struct Faults: Sendable, Equatable {
    var crash = 0
    var lostReply = 0
    var refused = 0
    var late = 0
    var pause = 0
    var cut = 0
    var stop = 0
    /// The clock of Redis jumps.
    var clockStep = 0
    /// The clock of Redis, and those of all hosts with it, is hours to decades off for a while.
    var clockError = 0

    static let none = Faults()

    /// Each seed has its own mix of faults; some lack a kind, because one kind of fault may hide the effects of
    /// another.
    /// - Parameter clockErrors: whether the clock may be wrong by hours and more.
    static func drawn(clockErrors: Bool, using random: inout SeededGenerator) -> Faults {
        let levels = [0, 5, 20, 60]
        func level(_ random: inout SeededGenerator) -> Int { levels.randomElement(using: &random) ?? 0 }
        return Faults(
            crash: level(&random), lostReply: level(&random), refused: level(&random), late: level(&random),
            pause: level(&random), cut: level(&random), stop: level(&random), clockStep: level(&random) / 4,
            clockError: clockErrors ? 1 : 0)
    }

    /// - Parameter lease: how long a worker's lease lasts, ms: faults around this length matter most.
    func fault(lease: Int64, using random: inout SeededGenerator) -> RequestFault {
        if random.happens(crash) { return .crash(executed: Bool.random(using: &random)) }
        if random.happens(lostReply) { return .lostReply }
        if random.happens(refused) { return .refused }
        if random.happens(late) { return .late(random.span(20, 3 * lease)) }
        if random.happens(pause) { return .pause(random.span(20, 6 * lease)) }
        if random.happens(cut) { return .cut(random.span(20, 6 * lease)) }
        return random.happens(stop) ? .stop : .none
    }

    /// By how much the clock is wrong: hours, days, or decades, either way.
    static func clockError(using random: inout SeededGenerator) -> Int64 {
        let hour: Int64 = 3_600_000
        let unit = [hour, 24 * hour, 365 * 24 * hour].randomElement(using: &random) ?? hour
        let size = Int64.random(in: 1...30, using: &random) * unit
        return Bool.random(using: &random) ? size : -size
    }

    /// By how much the clock jumps: mostly by seconds either way, rarely forward by hours.
    static func clockJump(using random: inout SeededGenerator) -> Int64 {
        if random.happens(500) { return Int64.random(in: 3_600_000...(6 * 3_600_000), using: &random) }
        let size = random.span(10, 8_000)
        return Bool.random(using: &random) ? size : -size
    }
}
