public import Foundation

/// An execution that a rebalance planned.
public struct PlannedOrder: Sendable, Equatable {
    /// Of the execution job.
    public var jobID: String
    /// Its arguments, JSON.
    public var payload: String

    /// Writes nothing; `recordRebalance` does.
    public init(jobID: String, payload: String) {
        self.jobID = jobID
        self.payload = payload
    }
}

/// A rebalance that began and was not closed.
public struct OpenRebalance: Sendable, Equatable {
    /// The id of the rebalance; the ids of its executions begin with it.
    public let id: String
    /// When its turn began; `nil` for a stored time that cannot be read.
    public let begunAt: Date?
    /// The executions that it planned.
    public let orderJobs: [String]
    /// Those of them whose order's fate is not known.
    public let undecidedJobs: [String]
}

/// What a rebalance job found when it asked for its turn.
public enum RebalanceTurn: Sendable, Equatable {
    /// It may plan. What an earlier run of the same job planned is repeated, not planned again.
    case granted(planned: [PlannedOrder], report: String?)
    /// It had its turn, and this is what came of it: JSON, or empty.
    case over(report: String)
    /// Another one has its turn.
    case taken(OpenRebalance)
}
