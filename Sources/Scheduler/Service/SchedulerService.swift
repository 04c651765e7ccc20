public import JobQueue
public import Logging
public import ScheduleConfiguration
public import ServiceLifecycle

/// Leads the schedule, or stands by: enqueues each tick once, however many schedulers run.
///
/// `TickPlanner` decides which ticks are due; tick.lua decides, in the step that enqueues the jobs, whether a tick was
/// handled before and whether this scheduler still leads. A scheduler that was paused or cut off writes nothing when it
/// comes back. Redis also holds the active schedule: see `ActiveSchedule`.
public struct SchedulerService: Service {
    /// The dependencies of a scheduler.
    public struct Parts: Sendable {
        /// Carries out the ticks and keeps leadership, versions and heartbeats in Redis.
        public var broker: Broker
        /// The unique name of this scheduler instance.
        public var holder: String
        /// The host that it runs on, for display.
        public var host = ""
        /// The schedule file on `host`; only displayed, not read by this path.
        public var path = ""
        /// The new content of the file when it has changed, else nil.
        public var reload: @Sendable (_ newest: Int) async -> FileChange?
        /// Parses a text that another scheduler or an operator has activated.
        public var parse: @Sendable (String) throws(ConfigurationError) -> ScheduleFile
        /// Resolves the entities of a tick. The default supports lists only.
        public var resolver = EntityResolver.none
        /// The limits that an edit would exceed, as in a plan, in sentences without their full stops; nil while they
        /// are being computed: then the scheduler asks again at the next turn.
        public var excesses: @Sendable (_ active: ScheduleFile, _ edited: ScheduleFile) -> [String]? = { _, _ in [] }
        /// Holds orders before the first tick of a leader whose predecessor did not resign; called again with the same
        /// epoch after an error.
        public var holdOrders: @Sendable (_ epoch: Int) async throws(JobQueueError) -> Void = { _ in }
        /// The options that a command needs to reach this fleet, for operators that read the log on another host.
        public var commandOptions: [String] = []
        /// Watches the zones of the active schedule; nil keeps the rules that it was read with.
        public var zones: TimeZoneWatch?
        /// Unix milliseconds by this machine's own clock; only compared with that of Redis.
        public var localNow: @Sendable () -> Int64
        /// The clock that it sleeps on; due times are compared in Redis' time.
        public var clock: any Clock<Duration> = ContinuousClock()
        /// Gets changes of leadership and version, ticks that were missed or skipped, and errors; a tick on time at
        /// `debug`.
        public var logger: Logger

        /// - Parameters:
        ///   - holder: one for each process.
        ///   - localNow: unix milliseconds by this machine's own clock.
        public init(
            broker: Broker, holder: String, reload: @escaping @Sendable (_ newest: Int) async -> FileChange?,
            parse: @escaping @Sendable (String) throws(ConfigurationError) -> ScheduleFile,
            localNow: @escaping @Sendable () -> Int64, logger: Logger
        ) {
            self.broker = broker
            self.holder = holder
            self.reload = reload
            self.parse = parse
            self.localNow = localNow
            self.logger = logger
        }
    }

    let parts: Parts
    let lease: LeaderLease
    private let start: ActiveSchedule

    static let leaseLength = Duration.milliseconds(2_500)
    static let step = Duration.milliseconds(250)
    private static let longestSleep: Int64 = 250
    /// A greater difference of the clocks is logged.
    private static let shownSkewMilliseconds: Int64 = 500

    /// - Parameters:
    ///   - schedule: the schedule of the file; nil when it cannot be read: then Redis has to hold a version.
    ///   - problem: why it cannot be read.
    public init(_ parts: Parts, schedule: LoadedSchedule?, problem: String? = nil) {
        self.parts = parts
        start = ActiveSchedule(schedule, problem: problem)
        lease = LeaderLease(broker: parts.broker, holder: parts.holder, lease: Self.leaseLength)
    }

    /// Runs until shut down; gives up the leadership at the end, so that a standby need not wait.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            var state = State(schedule: self.start, stopwatch: Stopwatch(self.parts.clock))
            while !Task.isCancelled {
                let pause = await self.turn(&state)
                do { try await parts.clock.sleep(for: pause) } catch { break }
            }
        }
        try? await lease.resign()
    }

    /// The state of one scheduler between turns.
    struct State {
        var schedule: ActiveSchedule
        var stopwatch: Stopwatch
        var leadership: LeaderState?
        var skew = SkewWatch()
        var jumps = ClockJumpWatch()
        var steps = ClockStepWatch()
    }

    /// The state of a leader.
    struct LeaderState {
        let epoch: Int
        /// The version of the schedule that it runs, or is taking; 0 before there is one.
        var version = 0
        /// By entry, the nominal time of its last handled tick.
        var handled: [String: Int64]
        /// By entry, the newest time that was handled while the clock was ahead; absent for most.
        var ahead: [String: Int64] = [:]
        /// No tick is due before this time; unix ms.
        var quietUntil: Int64 = 0
        /// When the schedule was last checked for due ticks; unix ms.
        var lookedAt: Int64 = .max
        /// Entries whose source gave no answer, and why.
        var unavailable: [String: String] = [:]
    }

    /// One turn: leadership, versions and due ticks.
    /// - Returns: how long to sleep until the next.
    func turn(_ state: inout State) async -> Duration {
        do {
            let now = try await time(&state)
            let elected = try await lease.acquireOrRenew(
                skewMilliseconds: state.skew.milliseconds,
                running: state.leadership == nil ? 0 : state.schedule.version, standing: state.schedule.standing)
            if let loss = LeadershipLoss(of: state.leadership?.epoch, elected, state.skew.milliseconds, state.steps) {
                parts.logger.warning("\(loss.sentence)")
                state.leadership = nil
            }
            try await state.schedule.look(elected, at: now, skew: state.skew.milliseconds, parts)
            guard let epoch = elected.epoch else {
                if let new = withNewZones(state.schedule) { state.schedule.took(new, version: state.schedule.version) }
                return Self.step
            }
            var leadership: LeaderState
            if let known = state.leadership {
                leadership = known
            } else {
                leadership = try await begin(epoch, elected, &state.schedule)
                state.leadership = leadership
            }
            try await dateActive(leadership, &state, now)
            try await takeNewVersion(&leadership, &state.schedule, skew: state.skew.milliseconds)
            try await takeNewZones(&leadership, &state.schedule)
            let pause = try await tick(&leadership, state.schedule.current?.file ?? ScheduleFile())
            state.leadership = leadership
            return pause
        } catch JobQueueError.staleEpoch {
            parts.logger.warning("stale epoch: a newer leader than this scheduler was elected")
        } catch {
            parts.logger.error("the schedule waits: \(error)")
        }
        state.leadership = nil
        return Self.step
    }

    /// The time of Redis; also checks the clocks. After a step of the Redis clock it is read again at once: the old
    /// reading would make this machine's clock look wrong.
    private func time(_ state: inout State) async throws(JobQueueError) -> Int64 {
        var now = try await parts.broker.clock.now()
        if (parts.localNow() - now).magnitude > Self.shownSkewMilliseconds.magnitude {
            now = try await parts.broker.clock.synchronise()
        }
        state.skew.note(parts.localNow() - now, shownFrom: Self.shownSkewMilliseconds, parts.logger)
        state.jumps.note(now, parts.logger)
        let step = state.steps.note(now, elapsed: state.stopwatch.elapsed())
        if step != 0 { state.schedule.clockWasSet(by: step) }
        return now
    }

    /// Corrects the activation time of a version that was activated by a wrong clock to the present time; otherwise no
    /// file could ever be newer than it, or every file would be.
    private func dateActive(
        _ leadership: LeaderState, _ state: inout State, _ now: Int64
    ) async throws(JobQueueError) {
        guard let active = state.schedule.active, now >= Self.plausibleMilliseconds else { return }
        let isAhead = active.activated > now + ClockStepWatch.limit
        guard isAhead || state.steps.wentForward else { return }
        guard try await parts.broker.schedules.dateSchedule(version: active.number, at: now, epoch: leadership.epoch)
        else {
            return
        }
        state.steps.wentForward = false
        state.schedule.activated(at: now)
        let was = ClockStepWatch.text(active.activated - now)
        parts.logger.warning(
            """
            the clock of Redis was set: schedule version \(active.number) counts as activated now, not \(was) \
            \(isAhead ? "ahead" : "ago")
            """)
    }

    /// A clock that shows an earlier time is certainly wrong: 1 January 2025.
    private static let plausibleMilliseconds: Int64 = 1_735_689_600_000

    /// Plans the due ticks and carries them out.
    /// - Returns: how long to sleep until the next check.
    private func tick(_ leadership: inout LeaderState, _ file: ScheduleFile) async throws(JobQueueError) -> Duration {
        let now = try await parts.broker.clock.now()
        if now < leadership.quietUntil, now >= leadership.lookedAt { return sleep(leadership, now) }
        leadership.lookedAt = now
        let plan = TickPlanner(entries: file.schedules).plan(
            lastHandled: leadership.handled, ahead: leadership.ahead, now: now)
        try await carryOut(plan, &leadership, file)
        leadership.quietUntil = plan.nextWakeUp ?? .max
        // Ticks that wait for their source or for workers are due already.
        if plan.ticks.contains(where: { leadership.handled[$0.entry.name] ?? 0 < $0.nominal }) {
            leadership.quietUntil = min(leadership.quietUntil, now + Self.longestSleep)
        }
        return sleep(leadership, now)
    }

    private func sleep(_ leadership: LeaderState, _ now: Int64) -> Duration {
        .milliseconds(min(Self.longestSleep, max(1, leadership.quietUntil - now)))
    }
}
