import JobQueue
import Logging
import Synchronization

/// Keeps a worker on the active version of the schedule: it learns of a new version by a message or at a heartbeat,
/// reads it, and replaces the worker's policy as a whole. A version that cannot be read here changes nothing.
///
/// It also joins new queues, leaves queues that are no longer served, and writes queue settings again that Redis lost.
final class PolicyKeeper: Sendable {
    /// Makes a policy of a version of the schedule.
    typealias Reader = @Sendable (ScheduleVersion) throws -> WorkerPolicy

    private let broker: Broker
    private let active: ActivePolicy
    private let keeper: LeaseKeeper
    private let attempts: RunningAttempts
    private let read: Reader?
    private let runtime: WorkerRuntime
    private let logger: Logger
    private let follower: Mutex<VersionFollower>
    private let beats = Mutex(0)
    private static let settingsEvery = 4
    /// Whether the last glance failed; the first failure in a row is logged.
    private let isTroubled = Mutex(false)
    private let (looks, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// - Parameter read: nil for a worker whose policy never changes.
    init(
        broker: Broker, active: ActivePolicy, keeper: LeaseKeeper, attempts: RunningAttempts, read: Reader?,
        runtime: WorkerRuntime, logger: Logger
    ) {
        self.broker = broker
        self.active = active
        self.keeper = keeper
        self.attempts = attempts
        self.read = read
        self.runtime = runtime
        self.logger = logger
        follower = Mutex(VersionFollower(running: active.current.policy.version))
    }

    /// Checks the schedule at once, or right after a check that is under way.
    func lookSoon() { signal.yield() }

    /// Checks the schedule whenever `lookSoon` asks for it, until cancelled. The policy and the queues change only
    /// here.
    func run() async {
        for await _ in looks {
            do {
                try await look()
            } catch {
                logger.warning("the active version of the schedule could not be taken, tried again soon: \(error)")
                do { try await runtime.clock.sleep(for: .milliseconds(500)) } catch { return }
                lookSoon()
            }
        }
    }

    // MARK: At a heartbeat

    /// Asks Redis whether the schedule or the queues have changed, and writes again what Redis lost; all in one write.
    /// Runs beside each heartbeat and never delays it.
    func glance() async {
        do {
            let serving = active.current
            async let version = read == nil ? nil : broker.schedules.activeVersion()
            async let queues = broker.queues(with: serving.names)
            async let told: Void = isSettingsTurn() ? assertSettings(of: serving) : ()
            let hasChanged = try await seesChange(version)
            let (known, wasMissing) = try await queues
            // A Redis that lost the names of queues may have lost their settings.
            if wasMissing { try await assertSettings(of: serving) }
            let plan = serving.plan
            let hasMore =
                plan.servesEveryQueue && known.contains { !serving.serves($0) && !plan.queuesLeft.contains($0) }
            if hasChanged || hasMore || !keeper.joined.allSatisfy(active.needs) { lookSoon() }
            try await told
            if isTroubled.withLock({ troubled in
                defer { troubled = false }
                return troubled
            }) {
                logger.notice("the queues are on the list and asked what the schedule says again")
            }
        } catch {
            guard
                !isTroubled.withLock({ troubled in
                    defer { troubled = true }
                    return troubled
                })
            else { return }
            logger.warning("it cannot be seen whether the schedule is another, or the queues are as it says: \(error)")
        }
    }

    /// Settings are checked less often than at each heartbeat, so that an idle worker stays cheap.
    private func isSettingsTurn() -> Bool {
        beats.withLock { beats in
            defer { beats += 1 }
            return beats.isMultiple(of: Self.settingsEvery)
        }
    }

    private func seesChange(_ version: ScheduleStamp?) -> Bool {
        read != nil && follower.withLock { $0.sees(version) }
    }

    /// A worker on an older version writes no settings: its own are out of date.
    private func assertSettings(of serving: ServingPlan) async throws(JobQueueError) {
        guard follower.withLock({ $0.isUpToDate }) else { return }
        let changed = try await broker.configure(serving.policy.settings.filter { serving.serves($0.key) })
        guard !changed.isEmpty else { return }
        let names = changed.map(\.description).joined(separator: ", ")
        logger.notice("Redis was told again what the schedule asks of the producers of \(names)")
    }

    // MARK: A change

    private func look() async throws(JobQueueError) {
        let current = active.current
        var policy = current.policy
        if read != nil {
            let version = try await broker.schedules.activeVersion()
            if follower.withLock({ $0.sees(version) }), let new = try await newest() { policy = new }
        }
        var known: Set<QueueName> = []
        if policy.plan.servesEveryQueue {
            // The worker keeps serving a queue that a Redis after data loss no longer lists.
            known = try await broker.queues(with: []).known.union(current.plan.servesEveryQueue ? current.names : [])
        }
        let next = ServingPlan(policy, known: known)
        if policy !== current.policy || next.names != current.names { try await change(to: next, from: current) }
        try await leaveDropped()
    }

    /// The active version as a policy.
    /// - Returns: nil when there is none, or it cannot be read here; the latter is logged once.
    private func newest() async throws(JobQueueError) -> WorkerPolicy? {
        guard let read, let version = try await broker.schedules.schedule() else { return nil }
        do {
            return try read(version)
        } catch {
            follower.withLock { $0.refuses(version.stamp) }
            let running = follower.withLock { $0.running }.map { "version \($0.number)" } ?? "its own file"
            logger.error(
                "schedule version \(version.number) cannot be read here; this worker goes on with \(running): \(error)")
            return nil
        }
    }

    private func change(to next: ServingPlan, from current: ServingPlan) async throws(JobQueueError) {
        // Without a lease no job is fetched from a queue, so the worker joins first.
        try await keeper.join(next.names)
        active.replace(with: next)
        attempts.resize(to: next.plan.slots)
        if next.policy !== current.policy, let version = next.policy.version {
            follower.withLock { $0.takes(version) }
            logger.info(
                """
                goes by schedule version \(version.number): \(next.plan.slots) slots for \
                \(next.names.map(\.description).joined(separator: ", "))
                """)
        } else {
            let new = next.names.filter { !current.serves($0) }.map(\.description).joined(separator: ", ")
            logger.info("serves new queues: \(new)")
        }
        await wakeFetcher()
        try await keeper.report()
        try await assertSettings(of: next)
    }

    /// Wakes the fetching loop, which may still wait for wake-ups of the previous queues.
    private func wakeFetcher() async {
        while active.waitsByOldPolicy, !Task.isCancelled {
            runtime.wakeUps.interrupt()
            try? await runtime.clock.sleep(for: .milliseconds(20))
        }
    }

    /// Gives up the leases on queues that are not served any more, once the last job of them is settled.
    private func leaveDropped() async throws(JobQueueError) {
        for queue in keeper.joined where !active.needs(queue) && !attempts.hasAny(of: queue) {
            try await keeper.leave(queue)
        }
    }
}
