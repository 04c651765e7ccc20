/// Decides when a worker that has ended is restarted.
///
/// It never gives up: a worker that keeps dying is restarted every `cap`, and reported as a crash loop, so that the
/// fleet recovers by itself once the cause is gone. The durations are of the clock that the supervisor uses.
public struct RestartPolicy: Sendable, Equatable {
    /// Pause before the first restart after an early death; doubles with each further one.
    public var base: Duration
    /// Longest pause, before jitter.
    public var cap: Duration
    /// A worker that ran this long was healthy: its next death is treated as the first.
    public var healthyAfter: Duration
    /// This many early deaths in a row are a crash loop.
    public var crashLoopAfter: Int
    /// Share of the pause by which it is shortened at random, 0 to 1, so that workers that died together do not all
    /// restart at the same instant.
    public var jitter: Double

    /// The defaults: 0.5 s doubled up to 30 s, healthy after 10 s, a crash loop after 5. `jitter` is clamped to 0 to 1.
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

    /// Decides the restart of a worker that is still planned.
    ///
    /// - After a run of at least `healthyAfter`: at once, however it ended.
    /// - A worker that ended to be recycled: at once, and the deaths before it stay counted.
    /// - The first early exit with status 0 (a worker drained by an operator): at once.
    /// - Every other early death, the n-th in a row: after `base · 2ⁿ⁻¹`, at most `cap`, less jitter.
    public func decision(
        after reason: ExitReason, uptime: Duration, history: RestartHistory,
        using random: inout some RandomNumberGenerator
    ) -> RestartDecision {
        guard uptime < healthyAfter else {
            return RestartDecision(delay: .zero, history: RestartHistory(), isCrashLoop: false)
        }
        guard !reason.isRecycled else { return RestartDecision(delay: .zero, history: history, isCrashLoop: false) }
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

/// The history of one worker that the policy uses.
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
    /// To be passed in at the next death.
    public var history: RestartHistory
    /// Whether to report a crash loop: the worker has died early at least `crashLoopAfter` times in a row.
    public var isCrashLoop: Bool
}
