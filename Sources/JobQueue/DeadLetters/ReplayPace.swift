/// How fast dead jobs become ready again.
public struct ReplayPace: Sendable, Equatable {
    /// Jobs that go first and must all succeed before another follows; 0 for none.
    public var canaries: Int
    /// Jobs per second for the others. Nil for all at once or, after canaries, in steps of 1, 2, 4 … jobs, each of
    /// which is over before the next.
    public var perSecond: Double?
    /// How long a step may take until its jobs are over, where it is waited for.
    public var patience: Duration

    /// The defaults make all jobs ready at once and wait for none of them.
    public init(canaries: Int = 0, perSecond: Double? = nil, patience: Duration = .seconds(300)) {
        self.canaries = canaries
        self.perSecond = perSecond
        self.patience = patience
    }

    /// Whether anything is looked at or waited for between the first job and the last.
    public var isStepwise: Bool { canaries > 0 || perSecond != nil }

    /// The steps in which a number of jobs goes.
    func steps(for total: Int) -> [ReplayStep] {
        // No pause is longer than a quarter of an hour for each job, and no rate beyond what a step takes.
        let perSecond = perSecond.map { $0 >= 0.001 ? min($0, 1_000_000) : 0.001 }
        var steps: [ReplayStep] = []
        var left = max(0, total)
        if canaries > 0, left > 0 {
            steps.append(ReplayStep(count: min(canaries, left), isAwaited: true, mustSucceed: true))
            left -= steps[0].count
        }
        var next = perSecond.map { max(1, Int($0 / 10)) } ?? (canaries > 0 ? 1 : max(1, left))
        while left > 0 {
            let count = min(next, left)
            let pause = perSecond.map { steps.isEmpty ? .zero : Duration.seconds(Double(count) / $0) } ?? .zero
            steps.append(ReplayStep(count: count, pause: pause, isAwaited: perSecond == nil && canaries > 0))
            left -= count
            if perSecond == nil { next = min(next * 2, Self.largestStep) }
        }
        return steps
    }

    private static let largestStep = 256
}

/// Jobs that become ready together.
struct ReplayStep: Sendable, Equatable {
    var count: Int
    /// Before it.
    var pause = Duration.zero
    /// Whether the next step waits until its jobs are over.
    var isAwaited = false
    /// Whether a job that ends in any other way than well stops the replay.
    var mustSucceed = false
}
