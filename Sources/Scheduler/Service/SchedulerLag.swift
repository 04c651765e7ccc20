public import JobQueue
public import ScheduleConfiguration

/// How far the schedule is behind, for display.
public struct SchedulerLag: Sendable {
    private let broker: Broker

    /// - Parameter broker: used for reading alone.
    public init(broker: Broker) { self.broker = broker }

    /// The age of the oldest tick that is due and not handled, in milliseconds; 0 when there is none.
    public func milliseconds(_ file: ScheduleFile?, now: Int64) async throws -> Int64 {
        guard let file else { return 0 }
        let queues = try file.schedules.map { try QueueName($0.queue) }
        let handled = try await broker.schedules.lastTicks(of: file.schedules.map(\.name), in: Array(Set(queues)))
        var lag: Int64 = 0
        for entry in file.schedules where entry.enabled {
            guard let last = handled[entry.name], let next = entry.next(after: last), next < now else { continue }
            lag = max(lag, now - next)
        }
        return lag
    }
}
