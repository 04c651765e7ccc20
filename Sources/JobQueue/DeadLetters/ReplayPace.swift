/// How fast dead jobs become ready again.
public struct ReplayPace: Sendable, Equatable {
    /// Jobs that are released first and must all succeed before another follows; 0 for none.
    public var canaries: Int
    /// Jobs per second for the others. Nil for all at once or, after canaries, in steps of 1, 2, 4 … jobs, each of
    /// which finishes before the next begins.
    public var perSecond: Double?
    /// How long the jobs of an awaited step may take to finish.
    public var patience: Duration

    /// The defaults make all jobs ready at once and wait for none of them.
    public init(canaries: Int = 0, perSecond: Double? = nil, patience: Duration = .seconds(300)) {
        self.canaries = canaries
        self.perSecond = perSecond
        self.patience = patience
    }

    /// Whether the replay checks or waits between the first job and the last.
    public var isStepwise: Bool { canaries > 0 || perSecond != nil }

    /// The steps in which a number of jobs is released.
    func steps(for total: Int) -> [ReplayStep] {
        // The bounds keep the pause to at most 1000 s for each job, and the rate within what a step can release.
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
    /// The pause before the step.
    var pause = Duration.zero
    /// Whether the next step waits until its jobs finish.
    var isAwaited = false
    /// Whether a job that ends without success stops the replay.
    var mustSucceed = false
}
