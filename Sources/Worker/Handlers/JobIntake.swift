public import JobQueue

/// How the jobs of one queue run that come from the lists of another program: where its messages lie, what runs one,
/// and what is written when a job is settled.
public struct JobIntake: Sendable {
    /// The lists; nil while no message may be taken. Asked at each fetch, so it must cost nothing.
    public var source: @Sendable () -> MessageSource?
    /// Whether a kind may keep its name in records and figures.
    public var isKnown: @Sendable (JobKind) -> Bool
    /// Runs one attempt in place of a registered handler, under the same rules.
    public var run: @Sendable (JobContext) async throws -> JobOutput
    /// Decides how the job is settled, and what is written in the same step.
    public var close: @Sendable (EndedAttempt) async -> ClosedAttempt

    /// All four are called from any thread.
    public init(
        source: @escaping @Sendable () -> MessageSource?, isKnown: @escaping @Sendable (JobKind) -> Bool,
        run: @escaping @Sendable (JobContext) async throws -> JobOutput,
        close: @escaping @Sendable (EndedAttempt) async -> ClosedAttempt
    ) {
        self.source = source
        self.isKnown = isKnown
        self.run = run
        self.close = close
    }
}

/// An attempt whose handler has ended.
public struct EndedAttempt: Sendable {
    /// With the newest checkpoint.
    public let job: LeasedJob
    /// As the queue's retry policy decides.
    public let settlement: Settlement
    /// Why the worker stopped the attempt, if it did.
    public let stopReason: StopReason?
    /// Unix milliseconds by the clock of Redis; 0 after a success, which needs no time.
    public let nowMilliseconds: Int64
}

/// How an attempt of an intake is settled.
public struct ClosedAttempt: Sendable {
    /// The final decision.
    public var settlement: Settlement
    /// Written in the step that settles the job.
    public var writes: SettlementWrites?
    /// Written instead when the job turns out to be cancelled, and is neither retried nor postponed.
    public var writesIfCancelled: SettlementWrites?
    /// The arguments that a finished job is remembered with, one JSON value; nil for its own.
    public var rememberedArguments: [UInt8]?

    /// No writes, and the job keeps its arguments, unless they are set.
    public init(_ settlement: Settlement) { self.settlement = settlement }
}
