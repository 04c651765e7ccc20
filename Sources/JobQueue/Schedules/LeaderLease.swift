import Redis

/// Leadership over the schedule: one scheduler at a time, each with a greater epoch than the one before.
public struct LeaderLease: Sendable {
    private let runner: ScriptRunner
    private let holder: String
    private let lease: Duration

    /// A scheduler whose clock differs from Redis' by more than this does not lead: its log times would mislead, and
    /// its timers may be as wrong as its clock. 2 s, in milliseconds.
    public static let skewLimitMilliseconds: Int64 = 2_000

    /// The state of the leadership.
    public struct Leadership: Sendable, Equatable {
        /// The caller's epoch, greater than that of any leader before; nil unless the caller leads.
        public var epoch: Int?
        /// Whether the caller's own clock keeps it from leading.
        public var isRefused = false
        /// The newest version of the schedule; 0 when none was stored.
        public var newestVersion: Int
        /// The version that a leader ran last; 0 when none did.
        public var takenVersion: Int
        /// Another scheduler that leads; nil when none or the caller does.
        public var other: String?
        /// Whether the caller leads after a leader that did not resign.
        public var isAfterDeath: Bool

        /// - Parameter epoch: nil unless the caller leads.
        public init(
            epoch: Int?, isRefused: Bool = false, newestVersion: Int, takenVersion: Int, other: String? = nil,
            isAfterDeath: Bool = false
        ) {
            self.epoch = epoch
            self.isRefused = isRefused
            self.newestVersion = newestVersion
            self.takenVersion = takenVersion
            self.other = other
            self.isAfterDeath = isAfterDeath
        }
    }

    /// - Parameters:
    ///   - holder: the unique name of this scheduler instance.
    ///   - lease: how long the leadership lasts without renewal.
    public init(broker: Broker, holder: String, lease: Duration) {
        runner = broker.runner
        self.holder = holder
        self.lease = lease
    }

    /// Takes or keeps the leadership.
    /// - Parameters:
    ///   - skew: the caller's wall clock less that of Redis, in milliseconds.
    ///   - version: of the schedule that the caller runs, if it leads already; 0 otherwise.
    ///   - standing: the state of its schedule file; dropped a minute after its last renewal.
    public func acquireOrRenew(
        skewMilliseconds skew: Int64 = 0, running version: Int = 0, standing: FileStanding? = nil
    ) async throws(JobQueueError) -> Leadership {
        let now = try await runner.clock.now()
        let reply = try await runner.run(
            Scripts.lead,
            [
                runner.keyspace.leader, runner.keyspace.epoch, runner.keyspace.scheduleNumber,
                runner.keyspace.schedulers, runner.keyspace.resigned,
            ],
            [
                .text(holder), .integer(Int(now)), .integer(Int(lease.milliseconds)), .integer(Int(skew)),
                .integer(Int(Self.skewLimitMilliseconds)), .integer(version),
                .text(standing.flatMap { try? CompactJSON.text($0) } ?? ""),
            ])
        return try runner.decode { () throws(RedisError) in
            let parts = try reply.array(of: "lead", count: 5)
            let epoch = try parts[0].int(of: "lead")
            let other = try parts[3].string(of: "lead")
            return Leadership(
                epoch: epoch > 0 ? epoch : nil, isRefused: epoch < 0, newestVersion: try parts[1].int(of: "lead"),
                takenVersion: try parts[2].int(of: "lead"), other: other.isEmpty ? nil : other,
                isAfterDeath: try parts[4].bool(of: "lead"))
        }
    }

    /// Takes or keeps the leadership.
    /// - Returns: the epoch; nil while another leads.
    public func lead() async throws(JobQueueError) -> Int? { try await acquireOrRenew().epoch }

    /// Stores this epoch in queues: from then on scripts refuse ticks of earlier leaders.
    /// - Returns: false when a queue has a later epoch already.
    public func announce(_ epoch: Int, to queues: [QueueName]) async throws(JobQueueError) -> Bool {
        for queue in queues {
            let reply = try await runner.run(Scripts.raiseEpoch, [runner.keyspace.of(queue).meta], [.integer(epoch)])
            let known = try runner.decode { () throws(RedisError) in try reply.int(of: "raise_epoch") }
            if known > epoch { return false }
        }
        return true
    }

    /// Gives up the leadership, so that a standby need not wait for the lease to expire.
    public func resign() async throws(JobQueueError) {
        _ = try await runner.run(Scripts.resign, [runner.keyspace.leader, runner.keyspace.resigned], [.text(holder)])
    }
}

/// A scheduler with a heartbeat within the last minute.
public struct SchedulerHeartbeat: Sendable, Equatable {
    /// The scheduler's unique name, one for each process.
    public let holder: String
    /// Unix milliseconds.
    public let seenMilliseconds: Int64
    /// Its wall clock less that of Redis, in milliseconds.
    public let skewMilliseconds: Int64
    /// The state of its schedule file; nil before the first comparison.
    public var file: FileStanding?
}

extension QueueInspector {
    /// The schedulers with a recent heartbeat, by name.
    public func schedulers() async throws(JobQueueError) -> [SchedulerHeartbeat] {
        let now = try await runner.clock.now()
        let reply = try await runner.send(["HGETALL", .text(runner.keyspace.schedulers)])
        let fields = try runner.decode { () throws(RedisError) in try reply.strings(of: "HGETALL") }
        var sightings: [SchedulerHeartbeat] = []
        for index in stride(from: 0, to: fields.count - 1, by: 2) where fields[index] != "#taken" {
            let words = fields[index + 1].split(separator: " ", maxSplits: 2)
            // A heartbeat in the future was written by a clock that has been set back.
            guard words.count >= 2, let seen = StoredTime.milliseconds(words[0]),
                let skew = StoredTime.milliseconds(words[1]),
                (now - 60_000...now + 60_000).contains(seen)
            else { continue }
            let file = words.count == 3 ? CompactJSON.value(of: FileStanding.self, in: String(words[2])) : nil
            sightings.append(
                SchedulerHeartbeat(
                    holder: fields[index], seenMilliseconds: seen, skewMilliseconds: skew, file: file))
        }
        return sightings.sorted { $0.holder < $1.holder }
    }
}
