import Foundation
import GRDB
import Ledger
import Redis
import TestSupport
import Trading

@testable import JobQueue
@testable import Operations

/// A fleet with something of everything that operators change: two queues with dead and waiting jobs, an entry, a
/// limit, a circuit, a schedule, and a ledger with bots.
struct UndoWorld: Sendable {
    let redis: RedisClient
    let broker: Broker
    let ledger: Ledger
    let path: String
    let queues: [QueueName]
    let fleet: FleetOperator
    let worker = WorkerID(unchecked: "w1")

    static let circuits = [CircuitRules(name: "coinbase")]
    static let limits = [TokenBucket(name: "coinbase", ratePerSecond: 10, burst: 10)]
    private static let noon = Date(timeIntervalSince1970: 1_759_579_200)

    /// Empties the database of the client and makes the fleet anew.
    init(_ redis: RedisClient, folder: String) async throws {
        self.redis = redis
        _ = try await redis.send(["FLUSHDB"])
        broker = Broker(redis: redis)
        queues = [try QueueName("alpha"), try QueueName("beta")]
        fleet = FleetOperator("ann@host", broker: broker)
        path = folder + "/\(UUID().uuidString).db"
        ledger = try await Ledger.open(LedgerAddress(path: path), now: { Self.noon }, logger: .quiet)
        for queue in queues { try await fill(queue) }
        _ = try await broker.schedules.storeSchedule("version one", by: "ann")
        for number in 0..<4 {
            var bot = BotEdit()
            bot.name = "bot \(number)"
            bot.pair = "BTC-USD"
            bot.status = number < 2 ? .running : .stopped
            _ = try await ledger.createBot(bot)
        }
    }

    func job(_ id: String, in queue: QueueName, priority: Int = 0) throws -> NewJob {
        var job = NewJob(
            id: try JobID(id), kind: try JobKind("k"), queue: queue, payload: try JobPayload(json: #"{"n":1}"#))
        job.priority = priority
        return job
    }

    private func fill(_ queue: QueueName) async throws {
        try await broker.claims.join(queue, as: worker, lease: .seconds(600))
        try await broker.enqueue(try (0..<6).map { try job("dead-\($0)", in: queue) })
        guard case .jobs(let jobs) = try await broker.claims.fetch(from: queue, for: worker, limit: 6) else { return }
        for job in jobs.dropFirst() {
            let failure = JobFailure(type: "t", message: "m", at: 1)
            _ = try await broker.claims.deadLetter(job, because: failure)
        }
        _ = try await broker.claims.acknowledge(jobs.prefix(1).map { Completion($0, output: JobOutput(result: "1")) })
        var unique = try job("unique", in: queue)
        unique.options.uniqueKey = "k"
        var later = try job("later", in: queue)
        later.start = .after(milliseconds: 3_600_000)
        let ready = try (0..<5).map { try job("ready-\($0)", in: queue) }
        try await broker.enqueue(ready + [unique, later, try job("high", in: queue, priority: 3)])
    }

    func close() async throws {
        try await ledger.close()
        for ending in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + ending) }
    }

    /// The log of the ledger, and taking back what stands in it.
    var operatorLedger: OperatorLedger {
        OperatorLedger(
            entries: { [ledger] limit throws(UndoError) in
                guard let entries = try? await ledger.operatorLog(limit: limit) else { return nil }
                return entries.map { Self.entry($0) }
            },
            undo: { [ledger] entry, who, action throws(UndoError) in
                var random = SystemRandomNumberGenerator()
                let id = OperationID.make(at: 1, using: &random)
                let answer: LedgerUndo
                do throws(LedgerError) {
                    answer = try await ledger.undoOperation(entry.id, noting: LedgerNote(id: id, by: who, action))
                } catch { throw .ledger("\(error)") }
                guard case .done(let done) = answer else {
                    throw .notUndoable(operation: entry.id, why: "\(answer)")
                }
                return Self.entry(done)
            }, undoability: { $0.undoneBy == nil ? .undoable : .not("It is undone.") })
    }

    private static func entry(_ entry: LedgerLogEntry) -> OperatorLogEntry {
        OperatorLogEntry(
            id: entry.id, at: 0, who: entry.who, action: entry.action, target: entry.target, why: entry.why,
            before: entry.before, after: entry.after, undoes: entry.undoes, subject: "ledger",
            undoneBy: entry.undoneBy)
    }

    /// The operations in both logs.
    func operations() async throws -> Set<String> {
        let entries = try await OperatorLog(broker: broker).entries(limit: 1_000).map(\.id)
        let kept = try await ledger.operatorLog(limit: 1_000).map(\.id)
        return Set((entries + kept).map { String($0.prefix { $0 != "." }) })
    }

    /// Every key and every row. Left out is what an undo may change: the logs and bins, wake-ups, the order in which
    /// finished jobs are forgotten, and the numbers of schedule versions. A counter that is 0 is like an absent one,
    /// and a worker that was told to take jobs is like one that was told nothing.
    func image() async throws -> [String] {
        var lines: [String] = []
        for key in try await redis.send(["KEYS", "*"]).strings().sorted() {
            let name = key.split(separator: ":").last ?? ""
            guard !key.contains(":operations:"), !["bin", "binned", "wake", "number", "versions"].contains(name) else {
                continue
            }
            let content = try await content(of: key, isSet: name == "done", isMeta: name == "meta")
            if content != ["\(worker)=run"] { lines.append("\(key) \(content)") }
        }
        lines.append("schedule \(try await broker.schedules.schedule()?.text ?? "none")")
        return lines + (try rows())
    }

    private func content(of key: String, isSet: Bool, isMeta: Bool) async throws -> [String] {
        switch try await redis.send(["TYPE", .text(key)]).string() {
        case "list":
            let elements = try await redis.send(["LRANGE", .text(key), 0, -1]).strings()
            return isSet ? elements.sorted() : elements
        case "hash":
            let pairs = try await redis.send(["HGETALL", .text(key)]).pairs()
            let fields = try pairs.map { (name: $0.name, value: try $0.value.string()) }
            return fields.filter { !isMeta || $0.value != "0" }.map { "\($0.name)=\($0.value)" }.sorted()
        case "set": return try await redis.send(["SMEMBERS", .text(key)]).strings().sorted()
        case "zset": return try await redis.send(["ZRANGE", .text(key), 0, -1, "WITHSCORES"]).strings()
        default: return [try await redis.send(["GET", .text(key)]).string()]
        }
    }

    private func rows() throws -> [String] {
        let database = try DatabaseQueue(path: path)
        defer { try? database.close() }
        return try database.read { db in
            let tables = try String.fetchAll(
                db, sql: "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            return try tables.filter { $0 != "operator_log" }.flatMap { table in
                try Row.fetchAll(db, sql: "SELECT * FROM \(table) ORDER BY rowid").map { "\(table) \($0)" }
            }
        }
    }
}
