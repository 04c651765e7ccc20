/// How the number of a pool's processes follows the age of its oldest ready job.
public struct PoolAutoscale: Sendable, Equatable {
    /// Processes of the whole fleet: never fewer, never more. Operators are held to it too.
    public var bounds: ClosedRange<Int>
    /// A process is added when the oldest ready job has waited longer than this, twice in a row.
    public var targetWait: Duration
    /// A process is taken away when the pool had too little to do for this long, and this long passes after any change.
    public var cooldown: Duration

    /// The defaults are those of the schedule file: 5 s and 5 min. Checks nothing.
    public init(
        bounds: ClosedRange<Int>, targetWait: Duration = .seconds(5), cooldown: Duration = .seconds(300)
    ) {
        self.bounds = bounds
        self.targetWait = targetWait
        self.cooldown = cooldown
    }
}
