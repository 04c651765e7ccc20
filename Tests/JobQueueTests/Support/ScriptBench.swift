import Redis
import TestSupport
import Testing

@testable import JobQueue

/// An empty database in which one script is run on keys with short names: set, run, compare everything.
struct ScriptBench: Sendable {
    let redis: RedisClient
    /// The keys of a queue in the order of queue.lua.
    static let block = [
        "jobs", "ready", "ranked", "scheduled", "retrying", "dead", "done", "meta", "wake", "links", "aside", "notices",
        "expiring",
    ]

    init() async throws { redis = try await SharedServer.client() }

    /// Puts content into the database beside what is there.
    func set(_ content: [String: Held]) async throws {
        for reply in try await redis.pipeline(content.map { $1.command(storingIn: $0) }) { _ = try reply.checked() }
    }

    func run(_ script: RedisScript, _ keys: [String], _ arguments: [RedisWord]) async throws -> RedisValue {
        try await redis.run(script, keys: keys, arguments: arguments)
    }

    /// Compares every key of the database, wake-ups included, and reads every record as a worker would.
    func expect(_ content: [String: Held], sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let found = try await Held.all(of: redis)
        #expect(Set(found.keys) == Set(content.keys), sourceLocation: sourceLocation)
        for (key, held) in content { #expect(found[key] == held, "key \(key)", sourceLocation: sourceLocation) }
        for case (let key, .hash(let records)) in found where key.hasSuffix("jobs") {
            for (id, text) in records {
                let envelope = try JobEnvelope(record: Array(text.utf8), id: id)
                #expect(envelope.encoded() == Array(text.utf8), "record \(id)", sourceLocation: sourceLocation)
                #expect(
                    JobEvent.list(envelope.events).isEmpty == envelope.events.isEmpty, "events of \(id)",
                    sourceLocation: sourceLocation)
            }
        }
    }

    /// One record, as a worker reads it.
    func envelope(of id: String, in key: String = "jobs") async throws -> JobEnvelope {
        try JobEnvelope(record: try await redis.send(["HGET", .text(key), .text(id)]).bytes(), id: id)
    }

    /// What is left of a key's life; -1 for good.
    func lifetime(of key: String) async throws -> Int { try await redis.send(["PTTL", .text(key)]).int() }
}

func integers(_ numbers: Int64...) -> RedisValue { .array(numbers.map { .integer($0) }) }

func words(_ words: String...) -> RedisValue { .array(words.map { word($0) }) }

func word(_ text: String) -> RedisValue { .bulk(Array(text.utf8)) }

/// JSON that has everything that could end a field of a record too early.
let awkwardPayload = "{\n\t\"text\": \"Größe 漢字 🚀 \\n\\t\\\" ] } %d %s ' cancel\",\n\t\"list\": [1, 2]\n}\n"
/// A job id of characters that mean something to Lua patterns, Redis globs or keys.
let awkwardID = "order:7/BTC-USD[*]%d+{x}?#$^~|"
