import Redis

/// What the jobs of one queue wait for, according to its keys.
public struct QueueBacklog: Sendable, Equatable {
    /// Jobs that are parked for the same reason.
    public struct Parked: Sendable, Equatable {
        /// The condition for the jobs to run.
        public let reason: ParkReason
        /// How many jobs of the queue are parked for it, counted by their keys.
        public let count: Int
        /// Since when the oldest of them waits, unix milliseconds; nil when its record is gone.
        public let sinceMilliseconds: Int64?
    }

    /// Scheduled jobs that were postponed for the same reason.
    public struct Postponed: Sendable, Equatable {
        /// The detail of the job's last event `postponed`, as the handler or limiter gave it.
        public let reason: String
        /// How many of the first 200 scheduled jobs were postponed for it; further ones are not read.
        public let count: Int
        /// When the first of them is due, unix milliseconds.
        public let untilMilliseconds: Int64
    }

    /// By reason, at most `QueueInspector.reasonLimit` of them.
    public var parked: [Parked] = []
    /// Among the scheduled jobs that are due first; the most frequent reason first.
    public var postponed: [Postponed] = []
    /// When the first scheduled job is due, unix milliseconds; nil when none is scheduled.
    public var nextDueMilliseconds: Int64?
    /// When the first retrying job is due, unix milliseconds; nil when none waits for a retry.
    public var nextRetryMilliseconds: Int64?
    /// Since when the oldest ready job waits for a worker, unix milliseconds.
    public var readySinceMilliseconds: Int64?

    /// A backlog in which nothing waits.
    public init() {}
}

extension QueueInspector {
    /// The most park reasons that are listed for one queue.
    public static let reasonLimit = 64
    /// Scheduled jobs whose reason of delay is read, and ready jobs at each end of the list.
    private static let sampled = 200
    private static let lineEnds = 20

    /// What the jobs of a queue wait for; one to about ten commands, whatever its length.
    public func backlog(of queue: QueueName) async throws(JobQueueError) -> QueueBacklog {
        let keys = runner.keyspace.of(queue)
        var backlog = QueueBacklog()
        backlog.parked = try await parked(in: queue, keys)
        let replies = try await runner.pipeline([
            ["ZRANGE", .text(keys.scheduled), 0, .integer(Self.sampled - 1), "WITHSCORES"],
            ["ZRANGE", .text(keys.retrying), 0, 0, "WITHSCORES"],
            ["LRANGE", .text(keys.ready), 0, .integer(Self.lineEnds - 1)],
            ["ZRANGE", .text(keys.ranked), 0, .integer(Self.lineEnds - 1)],
            ["ZREVRANGE", .text(keys.ranked), 0, .integer(Self.lineEnds - 1)],
        ])
        let (scheduled, retrying, ready) = try runner.decode { () throws(RedisError) in
            var ready: [String] = []
            for reply in replies.dropFirst(2) { ready += try reply.strings(of: "ZRANGE") }
            return (try Self.times(replies[0]), try Self.times(replies[1]), ready)
        }
        backlog.nextDueMilliseconds = scheduled.first?.at
        backlog.nextRetryMilliseconds = retrying.first?.at
        backlog.postponed = try await postponed(scheduled, keys)
        let crashed = backlog.parked.filter { $0.reason.state == .ready }.compactMap(\.sinceMilliseconds)
        let waits = try await records(of: Array(Set(ready)), keys).filter { $1.stateCode == .live }
            .map { $1.waitingSinceMilliseconds }
        backlog.readySinceMilliseconds = (waits + crashed).min()
        return backlog
    }

    /// How many jobs of a queue are fetched before a ready job; nil for one that is not near the head of its list.
    public func jobsBefore(_ id: JobID, in queue: QueueName) async throws(JobQueueError) -> Int? {
        let keys = runner.keyspace.of(queue)
        let replies = try await runner.pipeline([
            ["ZRANGEBYSCORE", .text(keys.ranked), "-inf", "(0", "LIMIT", 0, .integer(Self.lineLimit)],
            ["LRANGE", .text(keys.ready), 0, .integer(Self.lineLimit - 1)],
            ["ZRANGEBYSCORE", .text(keys.ranked), "(0", "+inf", "LIMIT", 0, .integer(Self.lineLimit)],
        ])
        return try runner.decode { () throws(RedisError) in
            var line: [String] = []
            for reply in replies { line += try reply.strings(of: "LRANGE") }
            return line.firstIndex(of: id.description)
        }
    }

    private static let lineLimit = 2_000

    private static func times(_ reply: RedisValue) throws(RedisError) -> [(id: String, at: Int64)] {
        var times: [(id: String, at: Int64)] = []
        for (id, score) in try reply.pairs(of: "ZRANGE") { times.append((id, try score.wholeNumber(of: "ZRANGE"))) }
        return times
    }

    private func parked(in queue: QueueName, _ keys: KeysOfQueue) async throws(JobQueueError) -> [QueueBacklog.Parked] {
        var groups: [QueueBacklog.Parked] = []
        var from = "-"
        // Members that no script writes are skipped; the bound ends the loop all the same.
        for _ in 0..<2 * Self.reasonLimit where groups.count < Self.reasonLimit {
            let first = try await runner.send(["ZRANGEBYLEX", .text(keys.parked), .text(from), "+", "LIMIT", 0, 1])
            let members = try runner.decode { () throws(RedisError) in try first.strings(of: "ZRANGEBYLEX") }
            guard let member = members.first else { break }
            let name = String(member.prefix { $0 != " " })
            from = "(\(name)!"
            guard let reason = ParkReason(name) else { continue }
            let reply = try await runner.send(["ZLEXCOUNT", .text(keys.parked), .text("[\(name) "), .text(from)])
            let count = try runner.decode { () throws(RedisError) in try reply.int(of: "ZLEXCOUNT") }
            let oldest = try await records(of: [member.split(separator: " ").last.map(String.init) ?? ""], keys).first
            groups.append(
                .init(reason: reason, count: count, sinceMilliseconds: oldest?.1.waitingSinceMilliseconds))
        }
        return groups
    }

    private func postponed(
        _ scheduled: [(id: String, at: Int64)], _ keys: KeysOfQueue
    ) async throws(JobQueueError) -> [QueueBacklog.Postponed] {
        let due = Dictionary(scheduled.map { ($0.id, $0.at) }, uniquingKeysWith: { $1 })
        var found: [String: (count: Int, until: Int64)] = [:]
        for (id, envelope) in try await records(of: scheduled.map(\.id), keys) {
            guard let last = JobEvent.list(envelope.events).first, last.event == "postponed" else { continue }
            let at = due[id.description] ?? 0
            let known = found[last.detail ?? ""]
            found[last.detail ?? ""] = ((known?.count ?? 0) + 1, min(known?.until ?? at, at))
        }
        return found.map { .init(reason: $0.key, count: $0.value.count, untilMilliseconds: $0.value.until) }
            .sorted { ($1.count, $0.reason) < ($0.count, $1.reason) }
    }
}
