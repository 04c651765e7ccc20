import JobQueue

/// A job of the simulation.
struct SimulatedJob {
    enum State { case waiting, running, over }

    var state = State.waiting
    /// The entry's place in the file, and the entity's among its own; nil for a job that follows another.
    var entry: Int?
    var entity = 0
    var queue: Int
    var work: Int
    var priority: Int
    /// Distinguishes it from all others, so that its run time and what follows it are its own at every run.
    var number: UInt64
    var due: Int64
    /// Unix milliseconds; `.max` for ever.
    var freshUntil: Int64
    var readyAt: Int64 = 0
    var startedAt: Int64 = 0
    var pool = 0
    var runTime: Int64 = 0
    /// Calls that it has begun.
    var calls = 0
    var waitsSince: Int64?

    /// A share of 0 to 1 that is the same at every run.
    func share(_ salt: UInt64) -> Double {
        var word = number &+ salt &* 0x9E37_79B9_7F4A_7C15
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((word ^ (word >> 31)) >> 11) * 0x1p-53
    }
}

/// What jobs of one sort do.
struct SimulatedWork {
    let demand: JobDemand
    let plan: CallPlan
    /// The limit of its calls; nil when it makes none, or the file does not know it.
    let limit: Int?
    let queue: Int
    /// What follows, with the place of its own work.
    var followUps: [(rule: FollowUp, work: Int)] = []
}

struct SimulatedQueue {
    let name: String
    let uses: [(limit: Int, cost: Int)]
    let freshFor: Int64?
    let timeout: Int64
    var pools: [Int] = []
    var line = ReadyLine()
    var waiting = 0
    var running = 0
    var lateness = ValueCounts()
    var story: SimulationReport.QueueStory
    /// Until when the limits give nothing, and since when.
    var blockedUntil: Int64 = 0
    var blockedAt: Int64 = -1

    init(_ rules: QueueRules, limits: [TokenBucket]) {
        name = rules.name.description
        uses = rules.limits.compactMap { use in
            limits.firstIndex { $0.name == use.name }.map { ($0, use.cost) }
        }
        freshFor = rules.settings.freshForMilliseconds
        timeout = rules.timeout.milliseconds
        story = SimulationReport.QueueStory(name: name)
    }
}

struct SimulatedPool {
    let entry: WorkerPool
    let queues: [Int]
    /// For the order `weighted`; a queue that is not here has 1.
    let weights: [Int: Int]
    /// Places of all its processes, and those that only one queue may use.
    var free: Int
    let reserved: [Int: Int]
    var running: [Int: Int] = [:]
    /// For `turns`, where the next round begins; for `weighted`, jobs taken by weight.
    var turn = 0
    var shares: [Int: Double] = [:]
    /// Since when jobs of other queues are started while those of this one wait and are not asked for.
    var passedOver: [Int: Int64] = [:]

    init(_ entry: WorkerPool, queues names: [String]) {
        self.entry = entry
        queues =
            entry.servesEveryQueue
            ? Array(names.indices) : entry.queues.compactMap { names.firstIndex(of: $0.description) }
        weights = if case .weighted(let weights) = entry.order { Self.byPlace(weights, names) } else { [:] }
        free = entry.processes * entry.concurrency
        reserved = Self.byPlace(entry.reserved.mapValues { $0 * entry.processes }, names)
    }

    private static func byPlace(_ numbers: [QueueName: Int], _ names: [String]) -> [Int: Int] {
        Dictionary(
            numbers.compactMap { queue, number in names.firstIndex(of: queue.description).map { ($0, number) } },
            uniquingKeysWith: { $1 })
    }

    /// Places that a queue may still use: the free ones without those that others have reserved and do not use.
    func open(for queue: Int) -> Int {
        guard !reserved.isEmpty else { return free }
        return reserved.reduce(free) { open, kept in
            kept.key == queue ? open : open - max(0, kept.value - running[kept.key, default: 0])
        }
    }

    /// The order in which its queues are asked.
    func order(now: Int64) -> [Int] {
        switch entry.order {
        case .turns: return queues.indices.map { queues[(turn + $0) % queues.count] }
        case .strict, .weighted:
            let aged = queues.filter { queue in
                passedOver[queue].map { now - $0 >= entry.ageing.milliseconds } ?? false
            }
            var regular = queues
            if case .weighted = entry.order {
                regular = queues.enumerated().sorted {
                    (shares[$0.element, default: 0], $0.offset) < (shares[$1.element, default: 0], $1.offset)
                }.map(\.element)
            }
            return aged.isEmpty ? regular : aged + regular.filter { !aged.contains($0) }
        }
    }
}

struct SimulatedLimit {
    var state: BucketState
    var story: SimulationReport.LimitStory
    var all = PeakSearch.Window()
    var others = PeakSearch.Window()
    let length: Int64

    init(_ bucket: TokenBucket) {
        state = BucketState(bucket)
        length = Int64(bucket.windowMilliseconds)
        story = SimulationReport.LimitStory(
            name: bucket.name, windowMilliseconds: length, capacity: state.windowLimit ?? bucket.burst,
            reserved: state.windowReserve)
    }

    mutating func spend(_ tokens: Int, callers: String, at now: Int64) {
        state.spend(tokens, callers: callers, at: now)
        story.tokens += tokens
        all.add(tokens, at: now, length: length)
        guard !state.keeps(for: callers) else { return }
        others.add(tokens, at: now, length: length)
        story.leastLeft = min(story.leastLeft ?? .max, state.leftByOthers(at: now))
    }

    /// What was seen of it, in the end.
    var finished: SimulationReport.LimitStory {
        var story = story
        (story.peak, story.peakAt, story.othersPeak) = (all.peak, all.at, others.peak)
        return story
    }
}
