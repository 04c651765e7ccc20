import Redis

/// The bulk operations of a fleet: one process carries out the steps and writes how far it is; others watch it, or ask
/// it to end.
public struct BulkRuns: Sendable {
    private let runner: ScriptRunner

    /// How the id of each begins.
    public static let beginning = "bulk-"
    private static let lifeMilliseconds = 86_400_000
    private static let mostPages = 10_000

    /// Of the fleet behind a broker.
    public init(broker: Broker) { runner = broker.runner }

    /// Writes that one begins.
    /// - Returns: its id.
    public func begin(
        _ action: String, on target: String, total: Int, by who: String
    ) async throws(JobQueueError) -> String {
        let now = try await runner.clock.now()
        var random = SystemRandomNumberGenerator()
        let id = Self.beginning + OperationID.make(at: now, using: &random).dropFirst(OperationID.beginning.count)
        _ = try await write(
            id,
            [
                "who": PlainText.line(who, limit: 200), "action": action, "target": PlainText.line(target, limit: 200),
                "total": "\(total)", "done": "0", "failed": "0", "state": BulkRun.State.running.rawValue,
                "begun": "\(now)", "seen": "\(now)",
            ])
        return id
    }

    /// Writes how far it is.
    /// - Returns: who has asked it to end; nil when it goes on.
    public func step(_ id: String, done: Int, failed: Int) async throws(JobQueueError) -> String? {
        try await write(
            id, ["done": "\(done)", "failed": "\(failed)", "seen": "\(try await runner.clock.now())"])
    }

    /// Writes that it is over.
    public func end(_ id: String, _ state: BulkRun.State, done: Int, failed: Int) async throws(JobQueueError) {
        _ = try await write(
            id,
            [
                "done": "\(done)", "failed": "\(failed)", "state": state.rawValue,
                "seen": "\(try await runner.clock.now())",
            ])
    }

    private func write(_ id: String, _ fields: [String: String]) async throws(JobQueueError) -> String? {
        let words = fields.sorted { $0.key < $1.key }.flatMap { [RedisWord.text($0.key), .text($0.value)] }
        let reply = try await runner.run(
            Scripts.bulkStep, [runner.keyspace.bulk(id)],
            [.integer(Self.lifeMilliseconds), .integer(fields.count)] + words)
        return try runner.decode { () throws(RedisError) in try reply.optionalString(of: "bulk_step") }
    }

    /// Asks one to end after its present step; its process answers within a step.
    /// - Returns: false when it does not run, or was asked before.
    public func abort(_ id: String, by who: String) async throws(JobQueueError) -> Bool {
        let reply = try await runner.run(
            Scripts.bulkAbort, [runner.keyspace.bulk(id)], [.text(PlainText.line(who, limit: 200))])
        return try runner.decode { () throws(RedisError) in try reply.bool(of: "bulk_abort") }
    }

    /// One of them; nil when it is not remembered: that is a day after its last step.
    public func run(_ id: String) async throws(JobQueueError) -> BulkRun? {
        let now = try await runner.clock.now()
        let reply = try await runner.send(["HGETALL", .text(runner.keyspace.bulk(id))])
        let fields = try runner.decode { () throws(RedisError) in
            var fields: [String: String] = [:]
            for (name, value) in try reply.pairs(of: "HGETALL") { fields[name] = try value.shownText(of: "HGETALL") }
            return fields
        }
        return BulkRun(id: id, fields, now: now)
    }

    /// Those whose ids begin with a text, newest first. Reads the names of all keys.
    public func find(_ beginning: String) async throws(JobQueueError) -> [BulkRun] {
        let name = beginning.hasPrefix(Self.beginning) ? beginning : Self.beginning + beginning
        let prefix = runner.keyspace.bulk("")
        var (found, cursor): (Set<String>, String) = ([], "0")
        for _ in 0..<Self.mostPages {
            let reply = try await runner.send(["SCAN", .text(cursor), "MATCH", .text(prefix + "*"), "COUNT", 1_000])
            let page = try runner.decode { () throws(RedisError) in
                let parts = try reply.array(of: "SCAN", count: 2)
                return (cursor: try parts[0].string(of: "SCAN"), keys: try parts[1].strings(of: "SCAN"))
            }
            found.formUnion(page.keys.map { String($0.dropFirst(prefix.count)) }.filter { $0.hasPrefix(name) })
            cursor = page.cursor
            if cursor == "0" { break }
        }
        var runs: [BulkRun] = []
        for id in found.sorted(by: >) { if let run = try await run(id) { runs.append(run) } }
        return runs
    }
}
