/// When a failed attempt is followed by another.
public struct RetryEntry: Sendable, Equatable {
    /// How the delay grows from attempt to attempt.
    public enum Backoff: String, Sendable, CaseIterable {
        /// `base`, doubled after every attempt, up to `max`.
        case exponential
        /// Always `base`.
        case fixed
    }

    /// Which part of the delay is waited.
    public enum Jitter: String, Sendable, CaseIterable {
        /// Between a tenth of the delay and the whole.
        case full
        /// Exactly the delay.
        case none
    }

    /// All attempts, the first included. Default 3.
    public var attempts = 3
    /// Default `exponential`.
    public var backoff = Backoff.exponential
    /// Default 5 s.
    public var baseMilliseconds: Int64 = 5000
    /// Default 5 m, or `base` if that is longer.
    public var maxMilliseconds: Int64 = 300_000
    /// Default `full`.
    public var jitter = Jitter.full
    /// In the order of the file: the first that matches an error decides.
    public var errors: [ErrorRuleEntry] = []
}

/// Another rule for errors of one type, or with certain words.
public struct ErrorRuleEntry: Sendable, Equatable {
    /// The whole type of the error, such as `no-such-bot`; nil for any. Never nil together with `message`.
    public var type: String?
    /// A part of the error's message; nil for any.
    public var message: String?
    /// Dead at once; the other values are nil then.
    public var never = false
    /// All attempts, the first included; nil: as for other errors. So are the next two.
    public var attempts: Int?
    /// Milliseconds; nil: as for other errors.
    public var baseMilliseconds: Int64?
    /// At least `baseMilliseconds` when both are there.
    public var maxMilliseconds: Int64?
}
