public import JobQueue

/// What autoscaling sees of a pool at one moment.
public struct PoolLoad: Sendable, Equatable {
    /// Processes that the whole fleet should have now.
    public var processes: Int
    /// Age of the oldest ready job of queues whose jobs wait for workers alone, in milliseconds: where they wait for
    /// tokens, a circuit or an operator, another worker would wait too.
    public var oldestWaitMilliseconds: Int64
    /// Slots in use.
    public var running: Int
    /// Slots of each process.
    public var concurrency: Int
    /// Processes that the limits of its queues can feed; nil where that is not known or not bounded.
    public var feedable: Int?

    /// A load for a decision; checks nothing.
    public init(processes: Int, oldestWaitMilliseconds: Int64, running: Int, concurrency: Int, feedable: Int? = nil) {
        self.processes = processes
        self.oldestWaitMilliseconds = oldestWaitMilliseconds
        self.running = running
        self.concurrency = concurrency
        self.feedable = feedable
    }
}

/// Decides how many processes a pool should have. A value that remembers what it has seen; it reads no clock and does
/// nothing.
///
/// It adds half as many again after two looks with a job that has waited too long, so that one slow moment does not
/// count. It takes one away after a whole cooldown with too little to do, and never within a cooldown of any change.
public struct PoolAutoscaler: Sendable, Equatable {
    private var looksTooLate = 0
    private var idleSince: Int64?
    private var changedAt: Int64?

    /// Has seen nothing yet.
    public init() {}

    /// - Parameters:
    ///   - load: of this look.
    ///   - now: milliseconds, never going back.
    /// - Returns: processes from now on; the present number when nothing is to change.
    public mutating func processes(for load: PoolLoad, by rules: PoolAutoscale, at now: Int64) -> Int {
        let bounds = rules.bounds
        // A limit that can feed fewer than the least does not take the pool below it.
        let most = min(bounds.upperBound, max(bounds.lowerBound, load.feedable ?? bounds.upperBound))
        if !bounds.contains(load.processes) { return min(max(load.processes, bounds.lowerBound), bounds.upperBound) }
        let target = rules.targetWait.milliseconds
        looksTooLate = load.oldestWaitMilliseconds > target ? looksTooLate + 1 : 0
        if looksTooLate >= 2, load.processes < most {
            (looksTooLate, idleSince, changedAt) = (0, nil, now)
            return min(most, load.processes + max(1, load.processes / 2))
        }
        // With one process fewer it would use less than half of its slots.
        let isIdle =
            load.oldestWaitMilliseconds <= target / 2
            && 2 * load.running <= max(0, load.processes - 1) * load.concurrency
        guard isIdle || load.processes > most, load.processes > bounds.lowerBound else {
            idleSince = nil
            return load.processes
        }
        let since = idleSince ?? now
        idleSince = since
        let cooldown = rules.cooldown.milliseconds
        guard now - since >= cooldown, now - (changedAt ?? since) >= cooldown else { return load.processes }
        (idleSince, changedAt) = (now, now)
        return load.processes - 1
    }
}
