public import JobQueue
public import ScheduleConfiguration

/// A fleet as readings see it: its Redis, and what only the program around them knows.
///
/// The composition gives the schedule file of the host, the kinds of job and the judgement of Redis as closures, so
/// that no reading imports a module that knows them.
public struct FleetView: Sendable {
    /// Used for reading alone.
    public let broker: Broker
    let activeSchedule: @Sendable () async throws -> ScheduleFile
    let ownSchedule: @Sendable () throws -> ScheduleFile
    let orderQueues: @Sendable (ScheduleFile) throws -> Set<QueueName>
    let danger: @Sendable () async -> String?
    let isTestKind: @Sendable (JobKind) -> Bool

    /// - Parameters:
    ///   - activeSchedule: the version that the schedulers run, or the host's file while none was ever activated;
    ///     throws when it cannot be read here.
    ///   - ownSchedule: the schedule file of this host.
    ///   - orderQueues: the queues whose jobs place orders under a schedule.
    ///   - danger: why Redis is not safe for orders, without a full stop; nil when it is, or that is not known.
    ///   - isTestKind: whether a kind is one for tests, which a worker has to be told to run.
    public init(
        broker: Broker, activeSchedule: @escaping @Sendable () async throws -> ScheduleFile,
        ownSchedule: @escaping @Sendable () throws -> ScheduleFile,
        orderQueues: @escaping @Sendable (ScheduleFile) throws -> Set<QueueName>,
        danger: @escaping @Sendable () async -> String?, isTestKind: @escaping @Sendable (JobKind) -> Bool
    ) {
        self.broker = broker
        self.activeSchedule = activeSchedule
        self.ownSchedule = ownSchedule
        self.orderQueues = orderQueues
        self.danger = danger
        self.isTestKind = isTestKind
    }

    /// The active schedule. A version of a newer program cannot be read here; then the file of this host, which may say
    /// as much; nil when neither can be read.
    public func schedule() async -> ScheduleFile? {
        if let active = try? await activeSchedule() { return active }
        return try? ownSchedule()
    }
}
