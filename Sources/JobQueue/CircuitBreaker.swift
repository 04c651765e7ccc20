/// When a circuit opens.
public struct CircuitRules: Sendable, Equatable {
    public var name: String
    /// Distinct jobs that fail alike before it opens.
    public var failures: Int
    public var openFor: Duration
    public var ramp: Duration

    public init(
        name: String, failures: Int = 5, openFor: Duration = .seconds(30), ramp: Duration = .seconds(30)
    ) {
        self.name = name
        self.failures = failures
        self.openFor = openFor
        self.ramp = ramp
    }
}

/// What a circuit lets through.
public struct CircuitAnswer: Sendable, Equatable {
    public let admitted: Int
    public let waitMilliseconds: Int
    /// Whether failures are counted or it is not closed.
    public let isTroubled: Bool
}

/// Keeps jobs from a dependency that fails. It admits everything so far.
public struct CircuitBreaker: Sendable {
    public init(broker: Broker, circuits: [CircuitRules]) {}

    /// Nil when no such circuit exists.
    public func admit(_ name: String, upTo most: Int) async throws(JobQueueError) -> CircuitAnswer? { nil }

    public func giveBack(_ name: String, jobs: Int) async throws(JobQueueError) {}

    public func failed(
        _ name: String, fingerprint: String, job: JobID, startedAt: Int64? = nil
    ) async throws(JobQueueError) {}

    public func succeeded(_ name: String, startedAt: Int64? = nil) async throws(JobQueueError) {}
}
