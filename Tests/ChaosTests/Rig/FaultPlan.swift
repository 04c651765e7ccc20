import TestSupport

/// What can be broken. The raw value is its line in the table of figures.
enum FaultKind: String, CaseIterable, Sendable {
    case killWorker = "kill -9 of a worker"
    case freezeWorker = "worker frozen past its lease"
    case killLeader = "kill -9 of the leading scheduler"
    case freezeLeader = "leading scheduler frozen"
    case cutLeader = "leading scheduler cut off"
    case killRedis = "kill -9 of redis-server"
    case killClients = "CLIENT KILL TYPE normal"
    case flushScripts = "SCRIPT FLUSH"
    case cutConnections = "connections cut"
    case stallConnections = "connections stalled"
    case refuseConnections = "connections refused"
    case fillMemory = "memory full"
    case pauseClients = "CLIENT PAUSE"
    case stepClock = "clock stepped by 90 s"
    case hangRedis = "redis-server frozen for 12 s"
    case swallowConnections = "connections left half-open"
    case killLogReader = "reader of a log killed"
    case editSchedule = "schedule file edited"

    /// What it happens to; one thing has one fault at a time, different things may have theirs together.
    enum Subject: Hashable, Sendable { case worker, frozenWorker, scheduler, redis, proxy, clock, log, file }

    var subject: Subject {
        switch self {
        case .killWorker: .worker
        case .freezeWorker: .frozenWorker
        case .killLeader, .freezeLeader, .cutLeader: .scheduler
        case .killRedis, .killClients, .flushScripts, .fillMemory, .pauseClients, .hangRedis: .redis
        case .cutConnections, .stallConnections, .refuseConnections, .swallowConnections: .proxy
        case .stepClock: .clock
        case .killLogReader: .log
        case .editSchedule: .file
        }
    }

    /// How often it is dealt in one round.
    var weight: Int {
        switch self {
        case .killWorker, .editSchedule: 5
        case .refuseConnections, .pauseClients, .hangRedis: 1
        default: 2
        }
    }

    /// How long it may last, in milliseconds.
    var lengths: ClosedRange<Int> {
        switch self {
        case .killWorker, .killClients, .flushScripts, .cutConnections, .stepClock, .editSchedule: 0...0
        // A worker's lease holds for 8 s.
        case .freezeWorker: 9_000...12_000
        // A leader's for 2.5 s.
        case .freezeLeader, .cutLeader: 3_000...7_000
        case .killLeader: 500...3_000
        case .killRedis: 0...1_500
        case .stallConnections: 1_000...11_000
        case .refuseConnections: 1_000...5_000
        // At times longer than a lease, which has to be kept all the same.
        case .fillMemory: 1_500...10_000
        case .pauseClients: 500...3_000
        case .hangRedis: 12_000...12_000
        // Both ends have to find out by themselves; no other fault of the line meanwhile.
        case .swallowConnections: 13_000...13_000
        case .killLogReader: 500...5_000
        }
    }
}

/// One fault: when, what, for how long, and to which of several.
struct PlannedFault: Sendable, Equatable {
    /// Since the start of the run.
    let at: Duration
    let kind: FaultKind
    let length: Duration
    /// Chooses among what is there at that moment.
    let choice: UInt64
}

/// Which faults come when: the same for the same seed.
struct FaultPlan: Sendable {
    let faults: [PlannedFault]

    /// Milliseconds from one fault to the next.
    private static let gaps = 2_000...6_000

    /// - Parameters:
    ///   - length: no fault lasts beyond it.
    ///   - kinds: those that are possible on this machine.
    init(seed: UInt64, length: Duration, kinds: [FaultKind] = FaultKind.allCases) {
        var random = SeededRandom(seed: seed)
        let end = Int(length / .milliseconds(1))
        var faults: [PlannedFault] = []
        var busyUntil: [FaultKind.Subject: Int] = [:]
        var deck: [FaultKind] = []
        // In the first round each once, so that a short run has met them all.
        var round = kinds
        var now = 0
        while true {
            now += Int.random(in: Self.gaps, using: &random)
            if now >= end { break }
            if deck.isEmpty {
                deck = round.shuffled(using: &random)
                round = kinds.flatMap { Array(repeating: $0, count: $0.weight) }
            }
            guard let index = deck.lastIndex(where: { busyUntil[$0.subject, default: 0] <= now }) else { continue }
            let kind = deck.remove(at: index)
            let duration = Int.random(in: kind.lengths, using: &random)
            guard now + duration <= end else { continue }
            busyUntil[kind.subject] = now + duration + 500
            faults.append(
                PlannedFault(
                    at: .milliseconds(now), kind: kind, length: .milliseconds(duration), choice: random.next()))
        }
        self.faults = faults
    }
}
