/// What stands somewhere in a file; where is no part of what it says.
public protocol Placed {
    /// From 1.
    var line: Int { get set }
}

extension ScheduleEntry: Placed {}
extension LimitEntry: Placed {}
extension CircuitEntry: Placed {}
extension QueueEntry: Placed {}
extension PoolEntry: Placed {}

extension Placed {
    /// The same, told apart by what it says alone.
    public var unplaced: Self {
        var copy = self
        copy.line = 0
        return copy
    }
}

extension ScheduleFile {
    /// The same, told apart by what it says alone.
    public var unplaced: ScheduleFile {
        var copy = self
        copy.limits = limits.map(\.unplaced)
        copy.circuits = circuits.map(\.unplaced)
        copy.queues = queues.map(\.unplaced)
        copy.pools = pools.map(\.unplaced)
        copy.schedules = schedules.map(\.unplaced)
        return copy
    }
}
