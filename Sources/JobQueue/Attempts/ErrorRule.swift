/// How attempts that fail with a certain error are retried, where that differs from the policy.
public struct ErrorRule: Sendable, Equatable {
    /// The error's type, exactly; nil for any.
    public var type: String?
    /// A substring of its message, case-sensitive; nil for any. A rule with neither matches none.
    public var message: String?
    /// Whether the job is dead after its first attempt that fails so.
    public var never: Bool
    /// Attempts in all, the first included, instead of the job's or queue's number; within `RetryPolicy.attemptBounds`.
    public var attempts: Int?
    /// The first wait in milliseconds, before jitter, instead of the policy's; nil keeps the policy's.
    public var baseMilliseconds: Int64?
    /// The longest wait in milliseconds instead of the policy's; nil keeps the policy's, or `baseMilliseconds` if that
    /// is longer.
    public var maxMilliseconds: Int64?

    /// Checks no range: the schedule reader does. With neither `type` nor `message` the rule matches no error.
    public init(
        type: String? = nil, message: String? = nil, never: Bool = false, attempts: Int? = nil,
        baseMilliseconds: Int64? = nil, maxMilliseconds: Int64? = nil
    ) {
        self.type = type
        self.message = message
        self.never = never
        self.attempts = attempts
        self.baseMilliseconds = baseMilliseconds
        self.maxMilliseconds = maxMilliseconds
    }

    func matches(_ failure: JobFailure) -> Bool {
        guard type != nil || message != nil else { return false }
        return failure.type == type ?? failure.type && (message.map { failure.message.contains($0) } ?? true)
    }
}
