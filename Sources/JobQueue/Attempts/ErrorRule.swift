/// What is done with attempts that fail in one way, where it is not what is done with the others.
public struct ErrorRule: Sendable, Equatable {
    /// The error's type, exactly; nil for any.
    public var type: String?
    /// A text that its message holds, in upper and lower case as given; nil for any. A rule with neither matches none.
    public var message: String?
    /// Whether it is given up at once.
    public var never: Bool
    /// Tried so often in all, whatever the job or its queue says; 1 to 100.
    public var attempts: Int?
    /// Waits other than the policy's.
    public var baseMilliseconds: Int64?
    public var maxMilliseconds: Int64?

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
