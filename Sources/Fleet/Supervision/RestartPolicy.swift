/// Decides when a worker that has ended is started again.
///
/// It never gives up: a worker that keeps dying is tried again every `cap`, and reported as a crash loop, so that the
/// fleet heals by itself once the cause is gone. The numbers are durations of the clock the supervisor runs on.
public struct RestartPolicy: Sendable, Equatable {
    /// Pause before the first restart after an early death; doubles with each further one.
    public var base: Duration
    /// Longest pause, before jitter.
    public var cap: Duration
    /// A worker that lived this long was well: its next death is treated as the first.
    public var healthyAfter: Duration
    /// So many early deaths in a row are a crash loop.
    public var crashLoopAfter: Int
    /// Share of the pause by which it is shortened at random, 0 to 1, so that workers that died together do not all
    /// return in the same instant.
    public var jitter: Double

    /// The defaults: 0.5 s doubled up to 30 s, well after 10 s, a crash loop after 5. `jitter` is brought within 0 to
    /// 1.
    public init(
        base: Duration = .milliseconds(500), cap: Duration = .seconds(30), healthyAfter: Duration = .seconds(10),
        crashLoopAfter: Int = 5, jitter: Double = 0.2
    ) {
        self.base = base
        self.cap = cap
        self.healthyAfter = healthyAfter
        self.crashLoopAfter = crashLoopAfter
        self.jitter = min(max(jitter, 0), 1)
    }

    /// What to do about a worker that the plan still wants.
    ///
    /// - After a life of at least `healthyAfter`: at once, however it ended.
    /// - The first early exit with status 0 (a worker drained by an operator): at once.
    /// - Every other early death, the n-th in a row: after `base · 2ⁿ⁻¹`, at most `cap`, less jitter.
    public func decision(
        after reason: ExitReason, uptime: Duration, history: RestartHistory,
        using random: inout some RandomNumberGenerator
    ) -> RestartDecision {
        guard uptime < healthyAfter else {
            return RestartDecision(delay: .zero, history: RestartHistory(), isCrashLoop: false)
        }
        let deaths = history.earlyDeaths + 1
        let next = RestartHistory(earlyDeaths: deaths)
        if deaths == 1, reason.isClean { return RestartDecision(delay: .zero, history: next, isCrashLoop: false) }
        let shortening = 1 - jitter * Double.random(in: 0..<1, using: &random)
        return RestartDecision(
            delay: pause(afterDeaths: deaths) * shortening, history: next, isCrashLoop: deaths >= crashLoopAfter)
    }

    private func pause(afterDeaths deaths: Int) -> Duration {
        var pause = base
        // Doubling stops at the cap, so that no number of deaths can overflow.
        for _ in 1..<deaths {
            guard pause < cap else { break }
            pause = pause * 2
        }
        return min(pause, cap)
    }
}

/// What the policy remembers of one worker.
public struct RestartHistory: Sendable, Equatable {
    /// Deaths in a row before `RestartPolicy.healthyAfter`.
    public var earlyDeaths: Int

    /// A worker that has not died early.
    public init(earlyDeaths: Int = 0) { self.earlyDeaths = earlyDeaths }
}

/// The answer of a `RestartPolicy`: always another start, now or later.
public struct RestartDecision: Sendable, Equatable {
    /// Zero: at once.
    public var delay: Duration
    /// To be handed in at the next death.
    public var history: RestartHistory
    /// Whether it is to be reported: the worker has died early at least `crashLoopAfter` times in a row.
    public var isCrashLoop: Bool
}
