public import JobQueue
public import Logging
public import ServiceLifecycle

/// Leads the schedule, or waits to: enqueues each tick once, however many schedulers run.
///
/// Which ticks are due is decided by `TickPlanner`; whether one was handled, and whether this scheduler still leads, is
/// decided in Redis with the enqueueing itself. A scheduler that was paused or cut off writes nothing when it comes
/// back. Which schedule is in force is decided in Redis too: see `ScheduleInForce`.
public struct SchedulerService: Service {
    /// What a scheduler is given to work with.
    public struct Parts: Sendable {
        public var broker: Broker
        /// A name of this scheduler that no other has.
        public var holder: String
        /// Gives the file again when it has changed and is valid, else nil.
        public var reload: @Sendable () async -> LoadedSchedule?
        /// Reads a text that another scheduler or a person has put in force.
        public var parse: @Sendable (String) throws(SchedulerError) -> ScheduleFile
        public var resolver = EntityResolver.none
        /// Looks after the zones of the schedule in force; nil to go by the rules that it was read with.
        public var zones: TimeZoneWatch?
        /// Unix milliseconds by this machine's own clock; compared with that of Redis, and used for nothing else.
        public var localNow: @Sendable () -> Int64
        /// What it sleeps on; due times are compared in Redis' time.
        public var clock: any Clock<Duration> = ContinuousClock()
        public var logger: Logger

        public init(
            broker: Broker, holder: String, reload: @escaping @Sendable () async -> LoadedSchedule?,
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
    private let start: LoadedSchedule
    private let isFromFile: Bool

    static let leaseLength = Duration.milliseconds(2_500)
    static let step = Duration.milliseconds(250)
    private static let longestSleep: Int64 = 250
    /// Beyond it people are told.
    private static let shownSkewMilliseconds: Int64 = 500

    /// - Parameters:
    ///   - schedule: what it begins with.
    ///   - isFromFile: false when the file is broken and the schedule came from Redis.
    public init(_ parts: Parts, schedule: LoadedSchedule, isFromFile: Bool = true) {
        self.parts = parts
        start = schedule
        self.isFromFile = isFromFile
        lease = LeaderLease(broker: parts.broker, holder: parts.holder, lease: Self.leaseLength)
    }

    /// Runs until shut down; gives the leadership up at the end, so that a standby need not wait.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            var state = State(schedule: ScheduleInForce(start, isFromFile: isFromFile))
            while !Task.isCancelled {
                let pause = await self.turn(&state)
                do { try await parts.clock.sleep(for: pause) } catch { break }
            }
        }
        try? await lease.resign()
    }

    /// What one scheduler knows from turn to turn.
    struct State {
        var schedule: ScheduleInForce
        var leadership: Leadership?
        var skew = SkewWatch()
        var jumps = ClockJumpWatch()
    }

    /// What a leader knows.
    struct Leadership {
        let epoch: Int
        /// By entry, the nominal time of its last handled tick.
        var handled: [String: Int64]
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
            let now = try await parts.broker.clock.now()
            state.skew.note(parts.localNow() - now, shownFrom: Self.shownSkewMilliseconds, parts.logger)
            let look = try await lease.look(
                skewMilliseconds: state.skew.milliseconds,
                running: state.leadership == nil ? 0 : state.schedule.version)
            try await state.schedule.look(look, parts)
            guard let epoch = look.epoch else {
                if state.leadership != nil { parts.logger.warning("another scheduler leads now") }
                state.leadership = nil
                if let new = withNewZones(state.schedule) { state.schedule.took(new, version: state.schedule.version) }
                return Self.step
            }
            if state.leadership?.epoch != epoch {
                state.leadership = nil
                guard let new = try await begin(epoch, look, &state.schedule) else { return Self.step }
                state.leadership = new
            }
            guard var leadership = state.leadership else { return Self.step }
            guard
                try await takeNewVersion(
                    &leadership, &state.schedule, newest: look.newestVersion, skew: state.skew.milliseconds),
                try await takeNewZones(&leadership, &state.schedule)
            else {
                state.leadership = nil
                return Self.step
            }
            state.jumps.note(now, parts.logger)
            let pause = try await tick(&leadership, state.schedule.current.file)
            state.leadership = leadership
            return pause
        } catch {
            parts.logger.error("the schedule waits: \(error)")
            state.leadership = nil
            return Self.step
        }
    }

    /// Looks for ticks that are due and carries them out.
    /// - Returns: how long to sleep until the next look.
    private func tick(_ leadership: inout Leadership, _ file: ScheduleFile) async throws(JobQueueError) -> Duration {
        let now = try await parts.broker.clock.now()
        if now < leadership.quietUntil, now >= leadership.lookedAt { return sleep(leadership, now) }
        leadership.lookedAt = now
        let plan = TickPlanner(entries: file.schedules).plan(lastHandled: leadership.handled, now: now)
        guard try await carryOut(plan, &leadership, file) else { return Self.step }
        leadership.quietUntil = plan.nextWakeUp ?? .max
        // What waits for its source or for workers is due already.
        if plan.ticks.contains(where: { leadership.handled[$0.entry.name] ?? 0 < $0.nominal }) {
            leadership.quietUntil = min(leadership.quietUntil, now + Self.longestSleep)
        }
        return sleep(leadership, now)
    }

    private func sleep(_ leadership: Leadership, _ now: Int64) -> Duration {
        .milliseconds(min(Self.longestSleep, max(1, leadership.quietUntil - now)))
    }
}

/// Says when this machine's clock is far from that of Redis, and when it is well again.
struct SkewWatch {
    private(set) var milliseconds: Int64 = 0
    private var isShown = false

    mutating func note(_ skew: Int64, shownFrom limit: Int64, _ logger: Logger) {
        milliseconds = skew
        let isFar = skew.magnitude > limit.magnitude
        defer { isShown = isFar }
        guard isFar != isShown else { return }
        guard isFar else { return logger.info("this machine's clock agrees with that of Redis again") }
        let refuses = skew.magnitude > LeaderLease.skewLimitMilliseconds.magnitude
        logger.warning(
            """
            this machine's clock is \(skew.magnitude) ms \(skew > 0 ? "ahead of" : "behind") that of Redis\
            \(refuses ? ", so this scheduler does not lead" : ""). Set it right, for example with chrony
            """)
    }
}

/// Says when the clock of Redis was set forward by so much that it counts as a correction.
struct ClockJumpWatch {
    private var last: Int64?
    /// Three hours.
    private static let limit: Int64 = 3 * 3_600_000

    mutating func note(_ now: Int64, _ logger: Logger) {
        defer { last = now }
        guard let last, now - last > Self.limit else { return }
        logger.warning(
            """
            the clock of Redis went forward by \((now - last) / 60_000) minutes since this scheduler's last look: that \
            counts as a correction, and what was to tick in between follows each entry's misfire rule
            """)
    }
}
