public import JobQueue
public import Logging
public import ServiceLifecycle
import Synchronization

/// Leads the schedule, or waits to: enqueues each tick once, however many schedulers run.
///
/// Which ticks are due is decided by `TickPlanner`; whether one was handled, and whether this scheduler still leads, is
/// decided in Redis with the enqueueing itself. A scheduler that was paused or cut off writes nothing when it comes
/// back.
public final class SchedulerService: Service {
    /// Gives a new schedule when its file has changed and is valid, else nil.
    public typealias Reload = @Sendable () async -> ScheduleFile?

    private let broker: Broker
    private let lease: LeaderLease
    private let holder: String
    private let reload: Reload
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let file: Mutex<ScheduleFile>
    /// A new schedule that could not be taken yet, because Redis did not answer.
    private let waiting = Mutex<ScheduleFile?>(nil)

    static let leaseLength = Duration.milliseconds(2_500)
    private static let step = Duration.milliseconds(250)
    private static let longestSleep: Int64 = 250

    /// - Parameters:
    ///   - holder: a name of this scheduler that no other has.
    ///   - clock: what it sleeps on; due times are compared in Redis' time.
    public init(
        broker: Broker, file: ScheduleFile, holder: String, reload: @escaping Reload,
        clock: any Clock<Duration> = ContinuousClock(), logger: Logger
    ) {
        self.broker = broker
        self.file = Mutex(file)
        self.holder = holder
        self.reload = reload
        self.clock = clock
        self.logger = logger
        lease = LeaderLease(broker: broker, holder: holder, lease: Self.leaseLength)
    }

    /// Runs until shut down; gives the leadership up at the end, so that a standby need not wait.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            var leadership: Leadership?
            while !Task.isCancelled {
                let pause = await self.turn(&leadership)
                do { try await self.clock.sleep(for: pause) } catch { break }
            }
        }
        try? await lease.resign()
    }

    /// What a leader knows.
    private struct Leadership {
        let epoch: Int
        /// By entry, the nominal time of its last handled tick.
        var handled: [String: Int64]
    }

    /// One look at the schedule.
    /// - Returns: how long to sleep until the next.
    private func turn(_ leadership: inout Leadership?) async -> Duration {
        do {
            guard let epoch = try await lease.lead() else {
                if leadership != nil { logger.warning("another scheduler leads now") }
                leadership = nil
                return Self.step
            }
            if leadership?.epoch != epoch { leadership = try await begin(epoch) }
            guard var current = leadership else { return Self.step }
            await takeNewFile(&current)
            let pause = try await tick(&current)
            leadership = current
            return pause
        } catch {
            logger.error("the schedule waits: \(error)")
            leadership = nil
            return Self.step
        }
    }

    private func begin(_ epoch: Int) async throws(JobQueueError) -> Leadership? {
        let entries = file.withLock { $0.schedules }
        let queues = try await knownQueues(entries)
        guard try await lease.announce(epoch, to: queues) else { return nil }
        try await file.withLock { $0 }.configureQueues(with: broker)
        logger.info("scheduler \(holder) leads with epoch \(epoch), \(entries.count) entries")
        return Leadership(epoch: epoch, handled: try await broker.lastTicks(of: entries.map(\.name), in: queues))
    }

    /// The queues of the schedule, and those that an entry may have used before it was edited.
    private func knownQueues(_ entries: [ScheduleEntry]) async throws(JobQueueError) -> [QueueName] {
        var queues = Set(try await QueueInspector(broker: broker).queues())
        for entry in entries { queues.insert(try QueueName(entry.queue)) }
        return queues.sorted()
    }

    /// Swaps the schedule whole. Nothing fires merely because an entry was edited.
    private func takeNewFile(_ leadership: inout Leadership) async {
        guard let new = await reload() ?? waiting.withLock({ $0 }) else { return }
        let old = file.withLock { $0 }
        do {
            waiting.withLock { $0 = new }
            try await new.configureQueues(with: broker, insteadOf: old)
            let now = try await broker.clock.now()
            let planner = TickPlanner(entries: new.schedules)
            for (name, time) in planner.baselines(replacing: old.schedules, now: now) {
                guard let entry = new.schedules.first(where: { $0.name == name }) else { continue }
                leadership.handled[name] = try await baseline(of: entry, at: time, leadership.epoch)
            }
            for entry in new.schedules where leadership.handled[entry.name] == nil {
                leadership.handled[entry.name] = try await broker.lastTicks(
                    of: [entry.name], in: [try QueueName(entry.queue)])[entry.name]
            }
            file.withLock { $0 = new }
            waiting.withLock { $0 = nil }
            logger.info("the schedule was read again: \(new.schedules.count) entries")
        } catch {
            logger.error("the new schedule waits: \(error)")
        }
    }

    private func tick(_ leadership: inout Leadership) async throws(JobQueueError) -> Duration {
        let now = try await broker.clock.now()
        let plan = TickPlanner(entries: file.withLock { $0.schedules }).plan(lastHandled: leadership.handled, now: now)
        for (name, time) in plan.baselines {
            guard let entry = file.withLock({ file in file.schedules.first { $0.name == name } }) else { continue }
            guard let known = try await baseline(of: entry, at: time, leadership.epoch) else { return Self.step }
            leadership.handled[name] = known
        }
        for planned in plan.ticks {
            guard try await carryOut(planned, leadership.epoch) else { return Self.step }
            leadership.handled[planned.entry.name] = planned.nominal
        }
        let wait = min(Self.longestSleep, max(1, (plan.nextWakeUp ?? now + Self.longestSleep) - now))
        return .milliseconds(wait)
    }

    private func baseline(of entry: ScheduleEntry, at time: Int64, _ epoch: Int) async throws(JobQueueError) -> Int64? {
        try await broker.setBaseline(of: entry.name, in: try QueueName(entry.queue), at: time, epoch: epoch)
    }

    /// - Returns: false when this scheduler leads no more.
    private func carryOut(_ planned: PlannedTick, _ epoch: Int) async throws(JobQueueError) -> Bool {
        let tick = try queueTick(planned)
        let answer = try await broker.tick(tick, epoch: epoch)
        switch (answer, planned) {
        case (.stale, _): logger.warning("a later leader has spoken; tick \(tick.id) is left to it")
        case (.full, _): logger.warning("tick \(tick.id) skipped: queue '\(tick.queue)' takes no more")
        case (.overlap, _): logger.warning("tick \(tick.id) skipped: the job of the one before still lives")
        case (.enqueued, .enqueue(let due)) where due.reason == .caughtUp || due.missedBefore > 0:
            logger.warning("tick \(tick.id) caught up, \(due.missedBefore) before it were missed")
        case (.skipped, .skip(let skipped)):
            logger.warning("\(skipped.count) ticks of \(tick.entry) were missed and skipped")
        default: logger.debug("tick \(tick.id): \(answer.rawValue)")
        }
        return answer != .stale
    }

    private func queueTick(_ planned: PlannedTick) throws(JobQueueError) -> Tick {
        let entry = planned.entry
        let queue = try QueueName(entry.queue)
        var tick = Tick(
            id: "\(entry.name)@\(planned.nominal)", entry: entry.name, nominalMilliseconds: planned.nominal,
            skipsOverlap: entry.overlap == .skip, queue: queue, job: nil)
        guard case .enqueue(let due) = planned else { return tick }
        var job = try EntryJob(entry: entry).job(id: tick.id)
        job.options.tick = tick.id
        job.options.nominalMilliseconds = planned.nominal
        if entry.forEach == nil, entry.spreadMilliseconds > 0 { job.start = .at(milliseconds: due.due()) }
        tick.job = job
        return tick
    }
}

/// The job that an entry of the schedule means.
public struct EntryJob: Sendable {
    private let entry: ScheduleEntry

    public init(entry: ScheduleEntry) { self.entry = entry }

    /// - Parameter id: the tick's, or another one for a run out of turn.
    /// - Throws: `JobQueueError` when the arguments are too large.
    public func job(id: String?) throws(JobQueueError) -> NewJob {
        var job = NewJob(
            kind: try JobKind(entry.job), queue: try QueueName(entry.queue), payload: try JobPayload(json: arguments))
        if let id { job.id = try JobID(id) }
        job.priority = entry.priority
        job.options.schedule = entry.name
        return job
    }

    /// The entry's arguments, with the fan-out that the handler carries out: `for_each` and `spread_ms`.
    private var arguments: String {
        guard entry.forEach?.source == .runningBots else { return entry.argsJSON }
        let inner = entry.argsJSON.dropFirst().dropLast()
        let fan = "\"for_each\":\"running_bots\",\"spread_ms\":\(entry.spreadMilliseconds)"
        return inner.allSatisfy(\.isWhitespace) ? "{\(fan)}" : "{\(inner),\(fan)}"
    }
}

/// How far the schedule is behind, for people to see.
public struct SchedulerLag: Sendable {
    private let broker: Broker

    public init(broker: Broker) { self.broker = broker }

    /// The age of the oldest tick that is due and not handled, in milliseconds; 0 when there is none.
    public func milliseconds(_ file: ScheduleFile?, now: Int64) async throws -> Int64 {
        guard let file else { return 0 }
        let queues = try file.schedules.map { try QueueName($0.queue) }
        let handled = try await broker.lastTicks(of: file.schedules.map(\.name), in: Array(Set(queues)))
        var lag: Int64 = 0
        for entry in file.schedules where entry.enabled {
            guard let last = handled[entry.name], let next = entry.cadence.next(after: last), next < now else {
                continue
            }
            lag = max(lag, now - next)
        }
        return lag
    }
}
