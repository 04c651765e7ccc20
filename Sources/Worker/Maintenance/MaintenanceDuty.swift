import JobQueue
import Logging

/// One thing that is done for all queues beside running jobs, and how often.
struct MaintenanceDuty: Sendable {
    /// Every so many rounds.
    let every: Int
    /// In which of them, from 0.
    let offset: Int
    /// Whether it removes what is old: not while the clock of Redis is doubted.
    let removes: Bool
    let carryOut: @Sendable (MaintenanceRound) async throws(JobQueueError) -> Void

    /// How long a round takes at the least.
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

/// What a duty is given.
struct MaintenanceRound: Sendable {
    /// Every queue there is.
    let queues: [QueueName]
    let broker: Broker
    /// Whether Redis has answered well for long enough to judge others by their silence.
    let isTrusted: Bool
    let plan: WorkerPlan
    let logger: Logger
    let export: DeadLetterRetention.Export?
}
