/// How often and how soon a failed job is retried. Pure.
public struct RetryPolicy: Sendable, Equatable {
    /// How the wait grows from one failed attempt to the next.
    public enum Backoff: String, Sendable, CaseIterable {
        case exponential, fixed
    }

    /// The range of the number of attempts that a queue or a job may state.
    public static let attemptBounds = 1...1_000

    /// Attempts in all, the first one included; within `attemptBounds`.
    public var attempts: Int
    /// `exponential` doubles the wait after each attempt up to `maxMilliseconds`; `fixed` keeps it at the base.
    public var backoff: Backoff
    /// Wait after the first failure, before jitter.
    public var baseMilliseconds: Int64
    /// No wait is longer.
    public var maxMilliseconds: Int64
    /// Whether the wait is drawn between a tenth of its length and the whole, so that jobs that failed together are not
    /// retried together.
    public var jitter: Bool
    /// For errors of certain kinds; the first that matches counts.
    public var rules: [ErrorRule]

    /// The defaults: 3 attempts, 5 s doubled up to 5 min, full jitter. Checks no range.
    public init(
        attempts: Int = 3, backoff: Backoff = .exponential, baseMilliseconds: Int64 = 5_000,
        maxMilliseconds: Int64 = 300_000, jitter: Bool = true, rules: [ErrorRule] = []
    ) {
        self.attempts = attempts
        self.backoff = backoff
        self.baseMilliseconds = baseMilliseconds
        self.maxMilliseconds = maxMilliseconds
        self.jitter = jitter
        self.rules = rules
    }

    /// Milliseconds to wait after attempt number `attempt` failed: base · 2^(attempt - 1), at most the maximum; with
    /// jitter a random part of it, never less than a tenth.
    public func delay(after attempt: Int, using random: inout some RandomNumberGenerator) -> Int64 {
        let whole: Int64
        switch backoff {
        case .fixed: whole = min(baseMilliseconds, maxMilliseconds)
        case .exponential:
            let doublings = min(max(attempt, 1), 41) - 1
            let (product, overflow) = baseMilliseconds.multipliedReportingOverflow(by: 1 << doublings)
            whole = overflow ? maxMilliseconds : min(product, maxMilliseconds)
        }
        guard jitter, whole > 10 else { return whole }
        return Int64.random(in: whole / 10...whole, using: &random)
    }

    /// Decides the settlement of a job whose attempt ended.
    /// - Parameters:
    ///   - maxAttempts: the job's own number of attempts, if it has one.
    ///   - now: unix milliseconds.
    public func settlement(
        of outcome: AttemptOutcome, attempt: Int, maxAttempts: Int?, now: Int64,
        using random: inout some RandomNumberGenerator
    ) -> Settlement {
        switch outcome {
        case .succeeded(let output): return .acknowledge(output)
        case .parked(let gate, let reason): return .park(gate, because: reason)
        case .postponed(let until, let reason): return .postpone(until: until, because: reason)
        case .cancelled: return .cancel
        case .expired: return .expire
        case .refused(let failure): return .deadLetter(failure)
        case .failed(let failure, let notBefore):
            let policy = policy(for: failure, maxAttempts: maxAttempts)
            guard attempt < policy.attempts else { return .deadLetter(failure) }
            let (due, isBeyond) = now.addingReportingOverflow(policy.delay(after: attempt, using: &random))
            let wait = isBeyond ? .max : due
            return .retry(at: max(wait, notBefore ?? wait), failure)
        }
    }

    /// This policy for one failure: changed by the first rule that matches it, else by the job's own number of
    /// attempts.
    private func policy(for failure: JobFailure, maxAttempts: Int?) -> RetryPolicy {
        var policy = self
        policy.attempts = maxAttempts ?? attempts
        guard let rule = rules.first(where: { $0.matches(failure) }) else { return policy }
        policy.attempts = rule.never ? 1 : rule.attempts ?? policy.attempts
        policy.baseMilliseconds = rule.baseMilliseconds ?? baseMilliseconds
        policy.maxMilliseconds = rule.maxMilliseconds ?? max(maxMilliseconds, rule.baseMilliseconds ?? 0)
        return policy
    }
}
