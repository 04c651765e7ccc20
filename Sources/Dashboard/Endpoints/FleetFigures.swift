public import JobQueue

/// What the active schedule is needed for to say, for `/metrics`.
public struct FleetFigures: Sendable {
    /// Of each limit of the schedule.
    public var limits: [BucketLevel] = []
    /// The age of the oldest tick that is due and not handled, in milliseconds.
    public var lagMilliseconds: Int64 = 0

    public init(limits: [BucketLevel] = [], lagMilliseconds: Int64 = 0) {
        self.limits = limits
        self.lagMilliseconds = lagMilliseconds
    }
}
