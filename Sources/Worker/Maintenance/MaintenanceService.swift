import JobQueue
import Logging

/// Carries out the table of duties for all queues. Only the worker with the maintenance lease does so; when it dies
/// another worker takes over within six seconds.
struct MaintenanceService: Sendable {
    let broker: Broker
    let keeper: LeaseKeeper
    let active: ActivePolicy
    let runtime: WorkerRuntime
    let logger: Logger
    /// Exports dead letters before the policy of their queue removes them.
    var export: DeadLetterRetention.Export?

    /// The offsets of the duties keep two heavy ones out of the same round.
    static let duties: [MaintenanceDuty] = [
        .promoteDue, .rescueExpired, .sweepFinished, .reconcileLocks, .releaseFused, .resolveMissing, .trimDead,
        .sendCanaries, .sweepBin,
    ]
    private static let step = MaintenanceDuty.round
    /// Rounds after which the maintenance lease is renewed.
    private static let leaseEvery = 5

    /// Runs until cancelled.
    func run() async {
        var round = 0
        var isHolder = false
        var queues: [QueueName] = []
        let start = runtime.now()
        var retention = RetentionHold()
        while !Task.isCancelled {
            let began = runtime.now()
            do { try await runtime.clock.sleep(for: Self.step) } catch { return }
            round += 1
            do {
                if round % Self.leaseEvery == 1 {
                    isHolder = try await broker.maintenance.takeMaintenance(
                        as: keeper.worker, for: LeaseKeeper.maintenanceLease)
                    if isHolder { queues = try await QueueInspector(broker: broker).queues() }
                }
                guard isHolder else {
                    round = 0
                    await keeper.waitForMaintenanceLease()
                    continue
                }
                for duty in Self.duties where duty.isDue(in: round) {
                    if duty.removes, try await isHeld(&retention, start.duration(to: runtime.now())) { continue }
                    try await duty.carryOut(
                        MaintenanceRound(
                            queues: queues, broker: broker, isTrusted: keeper.contact.isTrusted, plan: active.plan,
                            logger: logger, export: export))
                    if duty.isEachRound {
                        keeper.contact.note(began.duration(to: runtime.now()) - Self.step, succeeded: true)
                    }
                }
            } catch {
                isHolder = false
                keeper.contact.note(.zero, succeeded: false)
                logger.warning("maintenance was interrupted: \(error)")
            }
        }
    }

    /// Whether retention is on hold because the clock of Redis jumped.
    private func isHeld(_ retention: inout RetentionHold, _ elapsed: Duration) async throws(JobQueueError) -> Bool {
        if let jump = retention.note(try await broker.clock.now(), elapsed: elapsed) {
            logger.error(
                """
                ALARM the clock of Redis went forward by \(jump / 60_000) minutes: nothing is removed for its age for \
                an hour, or until the clock is set back
                """)
        }
        return retention.holds
    }
}
