public import JobQueue
public import Logging
public import ServiceLifecycle

/// Leads the schedule, or waits to: enqueues each tick once, however many schedulers run.
///
/// Which ticks are due is decided by `TickPlanner`; whether one was handled, and whether this scheduler still leads, is
/// decided in Redis with the enqueueing itself. A scheduler that was paused or cut off writes nothing when it comes
/// back. Which schedule is active is decided in Redis too: see `ActiveSchedule`.
public struct SchedulerService: Service {
    /// What a scheduler is given to work with.
    public struct Parts: Sendable {
        /// Carries out the ticks and keeps leadership, versions and heartbeats in Redis.
        public var broker: Broker
        /// A name of this scheduler that no other has.
        public var holder: String
        /// Where it runs and which file it reads, for people.
        public var host = ""
        /// The schedule file on `host`; shown to people, not read by this name here.
        public var path = ""
        /// What the file says when it says something else than before, else nil.
        public var reload: @Sendable (_ newest: Int) async -> FileChange?
        /// Reads a text that another scheduler or a person has activated.
        public var parse: @Sendable (String) throws(SchedulerError) -> ScheduleFile
        /// Tells the entities of a tick. The default knows lists alone.
        public var resolver = EntityResolver.none
        /// Which limits an edit would ask for too much, as a plan says it, in sentences without their full stops; nil
        /// while that is being worked out: then it is asked again at the next turn.
        public var excesses: @Sendable (_ active: ScheduleFile, _ edited: ScheduleFile) -> [String]? = { _, _ in [] }
        /// What a command has to be given to reach this fleet, for people who read the log elsewhere.
        public var commandOptions: [String] = []
        /// Looks after the zones of the active schedule; nil to go by the rules that it was read with.
        public var zones: TimeZoneWatch?
        /// Unix milliseconds by this machine's own clock; compared with that of Redis, and used for nothing else.
        public var localNow: @Sendable () -> Int64
        /// What it sleeps on; due times are compared in Redis' time.
        public var clock: any Clock<Duration> = ContinuousClock()
        /// Gets changes of leadership and version, ticks that were missed or skipped, and errors; a tick on time at
        /// `debug`.
        public var logger: Logger

        /// - Parameters:
        ///   - holder: one for each process.
        ///   - localNow: unix milliseconds by this machine's own clock.
        public init(
            broker: Broker, holder: String, reload: @escaping @Sendable (_ newest: Int) async -> FileChange?,
            parse: @escaping @Sendable (String) throws(SchedulerError) -> ScheduleFile,
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
    ///   - schedule: what the file says; nil when it cannot be read: then Redis has to know a version.
    ///   - problem: why it cannot be read.
    public init(_ parts: Parts, schedule: LoadedSchedule?, problem: String? = nil) {
        self.parts = parts
        start = ActiveSchedule(schedule, problem: problem)
        lease = LeaderLease(broker: parts.broker, holder: parts.holder, lease: Self.leaseLength)
    }

    /// Runs until shut down; gives the leadership up at the end, so that a standby need not wait.
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

    /// What one scheduler knows from turn to turn.
    struct State {
        var schedule: ActiveSchedule
        var stopwatch: Stopwatch
        var leadership: LeaderState?
        var skew = SkewWatch()
        var jumps = ClockJumpWatch()
        var steps = ClockStepWatch()
    }

    /// What a leader knows.
    struct LeaderState {
        let epoch: Int
        /// By entry, the nominal time of its last handled tick.
        var handled: [String: Int64]
        /// By entry, the newest time that was handled while the clock was ahead; absent for most.
        var ahead: [String: Int64] = [:]
        /// Nothing is due before; unix ms.
        var quietUntil: Int64 = 0
        /// When the schedule was looked at last; unix ms.
        var lookedAt: Int64 = .max
        /// Entries whose source could not be asked, and why.
        var unavailable: [String: String] = [:]
    }

    /// One look at the schedule.
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
            if let known = state.leadership { leadership = known } else {
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

    /// The time of Redis, with what it says of the clocks. A clock that was stepped is asked for again at once: what
    /// was told of it before would make this machine's clock look wrong.
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

    /// A version that was activated by a clock that was wrong gets the time at which that is seen, or no file could
    /// ever be newer than it, or every file would be.
    private func dateActive(
        _ leadership: LeaderState, _ state: inout State, _ now: Int64
    ) async throws(JobQueueError) {
        guard let active = state.schedule.active, now >= Self.plausibleMilliseconds else { return }
        let isAhead = active.activated > now + ClockStepWatch.limit
        guard isAhead || state.steps.wentForward else { return }
        guard try await parts.broker.dateSchedule(version: active.number, at: now, epoch: leadership.epoch) else {
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

    /// A clock that shows less is certainly wrong: 1 January 2025.
    private static let plausibleMilliseconds: Int64 = 1_735_689_600_000

    /// Looks for ticks that are due and carries them out.
    /// - Returns: how long to sleep until the next look.
    private func tick(_ leadership: inout LeaderState, _ file: ScheduleFile) async throws(JobQueueError) -> Duration {
        let now = try await parts.broker.clock.now()
        if now < leadership.quietUntil, now >= leadership.lookedAt { return sleep(leadership, now) }
        leadership.lookedAt = now
        let plan = TickPlanner(entries: file.schedules).plan(
            lastHandled: leadership.handled, ahead: leadership.ahead, now: now)
        try await carryOut(plan, &leadership, file)
        leadership.quietUntil = plan.nextWakeUp ?? .max
        // What waits for its source or for workers is due already.
        if plan.ticks.contains(where: { leadership.handled[$0.entry.name] ?? 0 < $0.nominal }) {
            leadership.quietUntil = min(leadership.quietUntil, now + Self.longestSleep)
        }
        return sleep(leadership, now)
    }

    private func sleep(_ leadership: LeaderState, _ now: Int64) -> Duration {
        .milliseconds(min(Self.longestSleep, max(1, leadership.quietUntil - now)))
    }
}
