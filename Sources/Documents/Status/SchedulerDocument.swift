public import JobQueue

/// Who leads the schedule and how the files of the schedulers compare with it.
public struct SchedulerDocument: Encodable, Sendable {
    @OrNull var leader: String?
    @OrNull var epoch: Int?
    /// How late the latest entry is.
    let lagMs: Int64
    /// 0 when no schedule was ever activated.
    let scheduleVersion: Int
    let files: [ScheduleFileDocument]
    let aheadOfClock: [AheadOfClockDocument]
    let schedulers: [Heartbeat]

    /// - Parameters:
    ///   - leader: nil when no scheduler leads.
    ///   - schedulers: those with a heartbeat.
    ///   - now: unix milliseconds by the clock of Redis.
    public init(
        leader: (holder: String, epoch: Int)?, lagMs: Int64, scheduleVersion: Int, files: [ScheduleFileDocument],
        aheadOfClock: [AheadOfClockDocument], schedulers: [SchedulerHeartbeat], now: Int64
    ) {
        self.leader = leader?.holder
        epoch = leader?.epoch
        self.lagMs = lagMs
        self.scheduleVersion = scheduleVersion
        self.files = files
        self.aheadOfClock = aheadOfClock
        self.schedulers = schedulers.map { Heartbeat($0, now: now) }
    }

    enum CodingKeys: String, CodingKey {
        case leader, epoch
        case lagMs = "lag_ms"
        case scheduleVersion = "schedule_version"
        case files
        case aheadOfClock = "ahead_of_clock"
        case schedulers
    }

    struct Heartbeat: Encodable, Sendable {
        let holder: String
        let skewMs, seenAgeMs: Int64

        init(_ heartbeat: SchedulerHeartbeat, now: Int64) {
            holder = heartbeat.holder
            skewMs = heartbeat.skewMilliseconds
            seenAgeMs = max(0, now - heartbeat.seenMilliseconds)
        }

        enum CodingKeys: String, CodingKey {
            case holder
            case skewMs = "skew_ms"
            case seenAgeMs = "seen_age_ms"
        }
    }
}

/// How the schedule file of a scheduler compares with the active version.
public struct ScheduleFileDocument: Encodable, Sendable {
    let host, path, state: String
    let activeVersion: Int
    @OrNull var equalsVersion: Int?
    let difference: String
    let since, until: DocumentTime
    let risks: [String]
    @OrNull var plan: String?
    /// The command that shows what the edit would do.
    @OrNull var review: String?
    /// The command that activates the file.
    @OrNull var activate: String?

    /// - Parameter options: what commands need to reach this fleet from elsewhere.
    public init(_ file: FileStanding, options: [String]) {
        host = file.host
        path = file.path
        state = file.state.rawValue
        activeVersion = file.active
        equalsVersion = file.equals
        difference = file.difference
        since = DocumentTime(file.since)
        until = DocumentTime(file.until)
        risks = file.risks ?? []
        plan = file.plan
        review = file.planCommand(options)
        activate = file.command(options)
    }

    enum CodingKeys: String, CodingKey {
        case host, path, state
        case activeVersion = "active_version"
        case equalsVersion = "equals_version"
        case difference, since, until, risks, plan, review, activate
    }
}

/// An entry whose last handled time is ahead of the clock of Redis.
public struct AheadOfClockDocument: Encodable, Sendable {
    let entry: String
    let aheadMs: Int64

    /// - Parameter aheadMs: by how far.
    public init(entry: String, aheadMs: Int64) {
        self.entry = entry
        self.aheadMs = aheadMs
    }

    enum CodingKeys: String, CodingKey {
        case entry
        case aheadMs = "ahead_ms"
    }
}
