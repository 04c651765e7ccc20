import Redis

/// A worker's report about itself.
public struct WorkerReport: Sendable, Equatable {
    /// The name under which the worker holds leases and claims.
    public var id: WorkerID
    /// Host name as the worker's machine gives it.
    public var host: String
    /// Process id on `host`.
    public var pid: Int
    /// The pool that it was started for.
    public var pool: String
    /// `running`, `quiet` or `draining`
    public var state: String
    /// The queues that it fetches from; `*` among them when it also serves every new queue.
    public var queues: [String]
    /// Jobs that it can run at a time.
    public var slots: Int
    /// Slots in use when the report was made.
    public var running: Int
    /// Resident memory of the process, in bytes.
    public var rssBytes: Int
    /// Unix milliseconds.
    public var startedMilliseconds: Int64
    /// When the report was made, unix milliseconds by the clock of Redis; it orders the registry.
    public var heartbeatMilliseconds: Int64
    /// Settings that were `false` when it started and keep it from some of its work, such as `TRADING_ENABLED`.
    public var switchedOff: [String] = []
    /// The kinds that it can run, each with the newest version of its arguments; nil in reports of older workers.
    public var kinds: [String: Int]?
    /// Why it places no orders at present, in sentences: the state of its ledger and its clock.
    public var heldBecause: [String] = []
    /// The version of the schedule that it uses; 0 for its own file, or in reports of older workers.
    public var version: Int

    /// A report without switches, kinds and holds; set them afterwards.
    public init(
        id: WorkerID, host: String, pid: Int, pool: String, state: String, queues: [String], slots: Int, running: Int,
        rssBytes: Int, startedMilliseconds: Int64, heartbeatMilliseconds: Int64, version: Int = 0
    ) {
        self.version = version
        self.id = id
        self.host = host
        self.pid = pid
        self.pool = pool
        self.state = state
        self.queues = queues
        self.slots = slots
        self.running = running
        self.rssBytes = rssBytes
        self.startedMilliseconds = startedMilliseconds
        self.heartbeatMilliseconds = heartbeatMilliseconds
    }
}

/// The registry of live workers, for display: leases, not reports, decide which worker owns a job.
public struct WorkerRegistry: Sendable {
    private let runner: ScriptRunner
    /// A worker that has not reported for this long is left out.
    public static let silenceMilliseconds: Int64 = 15_000

    /// Stores nothing until `report`.
    public init(broker: Broker) { runner = broker.runner }

    /// Stores a report; it is forgotten after a minute without another.
    public func report(_ worker: WorkerReport) async throws(JobQueueError) {
        let key = runner.keyspace.worker(worker.id)
        _ = try await runner.pipeline([
            [
                "HSET", .text(key), "host", .text(worker.host), "pid", .integer(worker.pid), "pool", .text(worker.pool),
                "state", .text(worker.state), "queues", .text(worker.queues.joined(separator: ",")), "slots",
                .integer(worker.slots), "running", .integer(worker.running), "rss", .integer(worker.rssBytes),
                "started", .integer(Int(worker.startedMilliseconds)), "heartbeat",
                .integer(Int(worker.heartbeatMilliseconds)), "off", .text(worker.switchedOff.joined(separator: ",")),
                "version", .integer(worker.version), "kinds",
                .text((worker.kinds ?? [:]).sorted { $0.key < $1.key }.map { "\($0)@\($1)" }.joined(separator: ",")),
                "held", .text(worker.heldBecause.joined(separator: "\n")),
            ],
            ["PEXPIRE", .text(key), 60_000],
            [
                "ZADD", .text(runner.keyspace.workers), .integer(Int(worker.heartbeatMilliseconds)),
                .text(worker.id.description),
            ],
            [
                "ZREMRANGEBYSCORE", .text(runner.keyspace.workers), "-inf",
                .integer(Int(worker.heartbeatMilliseconds - 60_000)),
            ],
        ])
    }

    /// Removes a worker that has stopped.
    /// - Parameter pool: the pool that lost the worker; nil when the worker goes on under another name.
    public func remove(_ worker: WorkerID, from pool: String? = nil) async throws(JobQueueError) {
        let left = RedisWord.text(runner.keyspace.left)
        var commands: [RedisCommand] = []
        if let pool {
            let now = RedisWord.integer(Int(try await runner.clock.now()))
            commands = [["HSET", left, .text(pool), now], ["PEXPIRE", left, 86_400_000]]
        }
        _ = try await runner.pipeline(
            commands + [
                ["ZREM", .text(runner.keyspace.workers), .text(worker.description)],
                ["DEL", .text(runner.keyspace.worker(worker))],
            ])
    }

    /// Removes reports with a time in the future, written while the clock of Redis was ahead. Live workers report
    /// again.
    public func forgetLate() async throws(JobQueueError) {
        let latest = try await runner.clock.now() + Self.silenceMilliseconds
        let reply = try await runner.send(
            ["ZRANGEBYSCORE", .text(runner.keyspace.workers), .text("(\(latest)"), "+inf", "LIMIT", 0, 256])
        let late = try runner.decode { () throws(RedisError) in try reply.strings(of: "ZRANGEBYSCORE") }
        for id in late { try await remove(WorkerID(unchecked: id)) }
    }

    /// The workers that reported within the last 15 s, by pool and id.
    public func live() async throws(JobQueueError) -> [WorkerReport] {
        try await reported(withinMilliseconds: Self.silenceMilliseconds)
    }

    /// The workers that reported within a time of at most a minute, by pool and id.
    public func reported(withinMilliseconds silence: Int64) async throws(JobQueueError) -> [WorkerReport] {
        let now = try await runner.clock.now()
        return try await reports(since: now - silence, until: nil)
    }

    /// When each pool last lost a worker, unix ms, within about the last day: the worker left, its supervisor saw it
    /// die, or its reports stopped.
    public func losses() async throws(JobQueueError) -> [String: Int64] {
        let now = try await runner.clock.now()
        let reply = try await runner.send(["HGETALL", .text(runner.keyspace.left)])
        var losses = try runner.decode { () throws(RedisError) in
            var losses: [String: Int64] = [:]
            for (pool, at) in try reply.pairs(of: "HGETALL") {
                losses[pool] = StoredTime.milliseconds(try at.string(of: "HGETALL"))
            }
            return losses
        }
        for report in try await reports(since: 0, until: now - Self.silenceMilliseconds) {
            losses[report.pool] = max(losses[report.pool] ?? 0, report.heartbeatMilliseconds)
        }
        return losses
    }

    /// - Parameter until: leaves out those that reported at that time or later.
    private func reports(since: Int64, until: Int64?) async throws(JobQueueError) -> [WorkerReport] {
        let latest = try await runner.clock.now() + Self.silenceMilliseconds
        let reply = try await runner.send(
            [
                "ZRANGEBYSCORE", .text(runner.keyspace.workers), .integer(Int(since)),
                .text(until.map { "(\($0)" } ?? "\(latest)"),
            ])
        let ids = try runner.decode { () throws(RedisError) in try reply.strings(of: "ZRANGEBYSCORE") }
        let hashes = try await runner.pipeline(
            ids.map { ["HGETALL", .text(runner.keyspace.worker(WorkerID(unchecked: $0)))] })
        var reports: [WorkerReport] = []
        for (id, hash) in zip(ids, hashes) {
            let fields = try runner.decode { () throws(RedisError) in
                var fields: [String: String] = [:]
                for (name, value) in try hash.pairs(of: "HGETALL") { fields[name] = try value.shownText(of: "HGETALL") }
                return fields
            }
            if !fields.isEmpty { reports.append(Self.report(id, fields)) }
        }
        return reports.sorted { ($0.pool, $0.id.description) < ($1.pool, $1.id.description) }
    }

    private static func report(_ id: String, _ fields: [String: String]) -> WorkerReport {
        var report = WorkerReport(
            id: WorkerID(unchecked: id), host: fields["host"] ?? "", pid: Int(fields["pid"] ?? "") ?? 0,
            pool: fields["pool"] ?? "", state: fields["state"] ?? "",
            queues: (fields["queues"] ?? "").split(separator: ",").map(String.init),
            slots: Int(fields["slots"] ?? "") ?? 0, running: Int(fields["running"] ?? "") ?? 0,
            rssBytes: Int(fields["rss"] ?? "") ?? 0,
            startedMilliseconds: StoredTime.milliseconds(fields["started"] ?? "") ?? 0,
            heartbeatMilliseconds: StoredTime.milliseconds(fields["heartbeat"] ?? "") ?? 0,
            version: Int(fields["version"] ?? "") ?? 0)
        report.switchedOff = (fields["off"] ?? "").split(separator: ",").map(String.init)
        report.heldBecause = (fields["held"] ?? "").split(separator: "\n").map(String.init)
        let kinds = (fields["kinds"] ?? "").split(separator: ",").compactMap { text -> (String, Int)? in
            let parts = text.split(separator: "@")
            return parts.count == 2 ? Int(parts[1]).map { (String(parts[0]), $0) } : nil
        }
        if !kinds.isEmpty { report.kinds = Dictionary(kinds, uniquingKeysWith: max) }
        return report
    }
}

extension WorkerReport {
    /// Whether it takes jobs of a queue: it does not drain, and the queue is one of its own.
    public func serves(_ queue: String) -> Bool {
        state == "running" && (queues.contains(queue) || queues.contains("*"))
    }

    /// Whether it can run jobs of a kind; true when its report lists no kinds.
    public func knows(_ kind: JobKind, version: Int) -> Bool {
        guard let kinds else { return true }
        return kinds[kind.description].map { $0 >= version } ?? false
    }
}
