import JobQueue

/// Decides which queue is asked next, and for how many jobs at most. Pure: the time is passed in, as a duration since
/// any fixed moment.
struct QueueOrder: Sendable {
    private let queues: [QueueName]
    private let order: ServingOrder
    private let ageing: Duration
    private let reserved: [QueueName: Int]
    private var turn = 0
    /// Jobs taken, divided by the weight: the queue with the least is next (stride scheduling).
    private var shares: [QueueName: Double] = [:]
    /// The share at which the last queue was served. A queue that was empty starts from here and gains no credit for
    /// that time.
    private var present = 0.0
    /// Since when this queue is not asked while others are served.
    private var passedOver: [QueueName: Duration] = [:]
    private var asked: Set<QueueName> = []
    private var hasServed = false

    /// - Parameter reserved: reduced so that queues without a reserve keep one slot.
    init(queues: [QueueName], slots: Int, order: ServingOrder, ageing: Duration, reserved: [QueueName: Int]) {
        self.queues = queues
        self.order = order
        self.ageing = ageing
        var left = slots - (queues.contains { reserved[$0, default: 0] < 1 } ? 1 : 0)
        var kept: [QueueName: Int] = [:]
        for queue in queues {
            let own = min(reserved[queue, default: 0], left)
            guard own > 0 else { continue }
            kept[queue] = own
            left -= own
        }
        self.reserved = kept
    }

    init(of serving: ServingPlan) {
        let plan = serving.plan
        self.init(
            queues: serving.names, slots: plan.slots, order: plan.order, ageing: plan.ageing, reserved: plan.reserved)
    }

    /// Keeps the shares and passed-over times of the queues that the new plan still serves.
    init(of serving: ServingPlan, after old: QueueOrder) {
        self.init(of: serving)
        turn = old.turn
        present = old.present
        shares = old.shares.filter { serving.serves($0.key) }
        passedOver = old.passedOver.filter { serving.serves($0.key) }
    }

    var reservesSlots: Bool { !reserved.isEmpty }

    /// Begins a round. Queues that were passed over for too long come first, this once.
    mutating func begin(at now: Duration) -> [QueueName] {
        turn += 1
        asked = []
        hasServed = false
        let regular: [QueueName]
        switch order {
        case .turns: return queues.indices.map { queues[(turn + $0) % queues.count] }
        case .strict: regular = queues
        case .weighted:
            let listed = queues.enumerated().map { ($0.offset, $0.element, shares[$0.element, default: 0]) }
            regular = listed.sorted { ($0.2, $0.0) < ($1.2, $1.0) }.map(\.1)
        }
        let aged = queues.filter { queue in passedOver[queue].map { now - $0 >= ageing } ?? false }
            .sorted { passedOver[$0, default: now] < passedOver[$1, default: now] }
        return aged.isEmpty ? regular : aged + regular.filter { !aged.contains($0) }
    }

    /// How many jobs a queue may be asked for: the free slots less those that are reserved for other queues and unused.
    /// - Parameter running: jobs of each queue that hold a slot.
    func most(for queue: QueueName, free: Int, running: [QueueName: Int]) -> Int {
        var open = free
        for (other, slots) in reserved where other != queue { open -= max(0, slots - running[other, default: 0]) }
        return max(0, open)
    }

    /// Notes what a queue gave when it was asked.
    mutating func served(_ queue: QueueName, _ jobs: Int, of offered: Int) {
        asked.insert(queue)
        if jobs > 0 { hasServed = true }
        guard case .weighted(let weights) = order else { return }
        let share = shares[queue, default: 0]
        if jobs > 0 { present = max(present, share) }
        let grown = share + Double(jobs) / Double(max(1, weights[queue, default: 1]))
        shares[queue] = jobs < offered ? max(grown, present) : grown
    }

    /// Ends a round: a queue that was not asked while others were served begins to age.
    mutating func end(at now: Duration) {
        for queue in asked { passedOver[queue] = nil }
        guard hasServed else { return }
        for queue in queues where !asked.contains(queue) && passedOver[queue] == nil { passedOver[queue] = now }
    }
}
