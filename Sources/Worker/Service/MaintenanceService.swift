import JobQueue
import Logging

/// Promotes due jobs, rescues those of dead workers, tells parents of their children, forgets old ones. One worker of
/// the fleet does it at a time, for every queue there is; when that worker dies another takes over within six seconds.
struct MaintenanceService: Sendable {
    let broker: Broker
    let keeper: LeaseKeeper
    let active: ActivePolicy
    let clock: any Clock<Duration>
    let logger: Logger
    /// Writes dead letters down, before the policy of their queue removes them.
    var export: DeadLetterRetention.Export?

    private static let step = Duration.milliseconds(100)

    /// Goes on until cancelled.
    func run() async {
        var round = 0
        var onDuty = false
        var queues: [QueueName] = []
        let start = ContinuousClock.now
        var retention = RetentionHold()
        while !Task.isCancelled {
            let began = ContinuousClock.now
            do { try await clock.sleep(for: Self.step) } catch { return }
            round += 1
            do {
                if round % 5 == 1 {
                    onDuty = try await broker.takeMaintenance(as: keeper.worker, for: LeaseKeeper.duty)
                    if onDuty { queues = try await QueueInspector(broker: broker).queues() }
                }
                guard onDuty else {
                    round = 0
                    await keeper.waitForDuty()
                    continue
                }
                try await promote(queues)
                keeper.contact.note(began.duration(to: .now) - Self.step, succeeded: true)
                if round % 5 == 2 { try await rescue(queues) }
                if round % 25 == 8 { try await judgeMissing(queues) }
                if round % 5 == 4 { for queue in try await broker.toReconcile(queues) { try await mend(queue) } }
                if round % 100 == 3 {
                    let by = retention.note(try await broker.clock.now(), elapsed: start.duration(to: .now))
                    if let by {
                        logger.error(
                            """
                            ALARM the clock of Redis went forward by \(by / 60_000) minutes: nothing is removed for \
                            its age for an hour, or until the clock is set back
                            """)
                    }
                    if !retention.holds { for queue in queues { try await sweep(queue) } }
                }
                // It writes a file, for which the loop must not wait.
                if round % 600 == 9, !retention.holds {
                    try await withTaskExecutorPreference(globalConcurrentExecutor) {
                        for queue in queues { try await trim(queue) }
                    }
                }
            } catch {
                onDuty = false
                keeper.contact.note(.zero, succeeded: false)
                logger.warning("maintenance was interrupted: \(error)")
            }
        }
    }

    /// Batches until none is due, up to a number that leaves the others their turn.
    private func promote(_ queues: [QueueName]) async throws(JobQueueError) {
        guard try await broker.hasAnyScheduled(in: queues) else { return }
        var queues = queues
        for _ in 0..<16 where !queues.isEmpty {
            let moved = try await broker.promoteDue(in: queues)
            queues = zip(queues, moved).filter { $1 >= 256 }.map(\.0)
        }
    }

    private func rescue(_ queues: [QueueName]) async throws(JobQueueError) {
        let isTrusted = keeper.contact.isTrusted
        for queue in try await broker.withExpiredLeases(queues, isTrusted: isTrusted) {
            try await rescue(queue, isTrusted)
        }
    }

    private func rescue(_ queue: QueueName, _ isTrusted: Bool) async throws(JobQueueError) {
        let report = try await broker.rescueExpired(
            in: queue, maxCrashes: active.plan.upkeep(of: queue).maxCrashes, isTrusted: isTrusted,
            patience: active.plan.patience)
        if report.rescued + report.dead > 0 {
            logger.error(
                "rescued \(report.rescued) jobs of '\(queue)', gave up \(report.dead)",
                metadata: ["workers": "\(report.workers.joined(separator: ","))"])
        }
    }

    /// What became of workers that lost leases; leases and reports that a clock of Redis which was ahead has left.
    private func judgeMissing(_ queues: [QueueName]) async throws(JobQueueError) {
        let odd = try await broker.withOddLeases(queues, lease: active.plan.lease)
        for queue in odd.late { try await broker.clampLeases(in: queue, lease: active.plan.lease) }
        for queue in odd.far {
            let mended = try await broker.mendDue(in: queue)
            guard mended > 0 else { continue }
            logger.warning("mended the times of \(mended) jobs of '\(queue)': Redis' clock was ahead")
        }
        for queue in odd.missing {
            let report = try await broker.judgeMissing(
                in: queue, maxCrashes: active.plan.upkeep(of: queue).maxCrashes, patience: active.plan.patience)
            guard report.dead > 0 else { continue }
            logger.error("gave up \(report.dead) jobs of '\(queue)': the workers they ran on never came back")
        }
        try await WorkerRegistry(broker: broker).forgetLate()
    }

    private func mend(_ queue: QueueName) async throws(JobQueueError) {
        do { try await broker.reconcileLocks(in: queue) } catch .unreadableRecord(let id, let why) {
            // The others' upkeep must not wait for a person.
            logger.error("job '\(id)' is kept waiting for its children: \(why) Cancel it, and enqueue it again.")
        }
    }

    private func sweep(_ queue: QueueName) async throws(JobQueueError) {
        let retention = active.plan.upkeep(of: queue).retention
        for _ in 0..<16 { if try await broker.sweepFinished(in: queue, olderThan: retention) < 256 { return } }
    }

    /// Only where a policy was stated: without one, dead letters wait for a person.
    private func trim(_ queue: QueueName) async throws(JobQueueError) {
        let upkeep = active.plan.upkeep(of: queue)
        guard let export, upkeep.deadAge != nil || upkeep.deadCount != nil else { return }
        do {
            let report = try await DeadLetterRetention(broker: broker, export: export)
                .trim(queue, age: upkeep.deadAge, count: upkeep.deadCount)
            guard report.discarded > 0 else { return }
            logger.notice("exported \(report.exported) dead jobs of '\(queue)' and removed \(report.discarded)")
        } catch JobQueueError.exportFailed(_, let why) {
            // The others' upkeep must not wait for a disk.
            logger.error("dead jobs of '\(queue)' stay, because they could not be exported: \(why)")
        }
    }
}
