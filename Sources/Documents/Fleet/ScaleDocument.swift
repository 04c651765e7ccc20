/// How many processes a pool has in the whole fleet: `scale`.
public struct ScaleDocument: Encodable, Sendable {
    let name: String
    let desired, was, scheduled, min, max, running: Int
    let setBy: String
    let hosts: [HostProcessesDocument]

    /// - Parameters:
    ///   - was: the desired number before the command; the same when it only shows.
    ///   - scheduled: the number in the active schedule.
    ///   - setBy: `operator`, `autoscale` or `schedule`.
    ///   - hosts: those that run the pool.
    public init(
        name: String, desired: Int, was: Int, scheduled: Int, bounds: ClosedRange<Int>, running: Int, setBy: String,
        hosts: [HostProcessesDocument]
    ) {
        self.name = name
        self.desired = desired
        self.was = was
        self.scheduled = scheduled
        min = bounds.lowerBound
        max = bounds.upperBound
        self.running = running
        self.setBy = setBy
        self.hosts = hosts
    }

    enum CodingKeys: String, CodingKey {
        case name, desired, was, scheduled, min, max, running
        case setBy = "set_by"
        case hosts
    }
}
