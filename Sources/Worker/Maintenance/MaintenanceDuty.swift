import JobQueue
import Logging

/// One maintenance duty over all queues, and how often it runs.
struct MaintenanceDuty: Sendable {
    /// Runs once in so many rounds.
    let every: Int
    /// The round within that period, from 0.
    let offset: Int
    /// Whether it removes old jobs: it does not run while the clock of Redis is in doubt.
    let removes: Bool
    let carryOut: @Sendable (MaintenanceRound) async throws(JobQueueError) -> Void

    /// The minimum length of a round.
    static let round = Duration.milliseconds(100)

    init(
        every: Int, at offset: Int = 0, removes: Bool = false,
        _ carryOut: @escaping @Sendable (MaintenanceRound) async throws(JobQueueError) -> Void
    ) {
        self.every = every
        self.offset = offset
        self.removes = removes
        self.carryOut = carryOut
    }

    func isDue(in round: Int) -> Bool { round % every == offset }

    var isEachRound: Bool { every == 1 }
}

/// The input of a duty.
struct MaintenanceRound: Sendable {
    /// All existing queues.
    let queues: [QueueName]
    let broker: Broker
    /// Whether contact with Redis has lasted long enough to rescue the jobs of workers with expired leases.
    let isTrusted: Bool
    let plan: WorkerPlan
    let logger: Logger
    let export: DeadLetterRetention.Export?
}
