import Foundation
import Redis
import Testing

@testable import JobQueue

/// rescue_expired.lua
@Suite struct RescueExpiredTests {
    let bench: ScriptBench
    private let crash =
        #"{"at":1000,"event":"crashed","attempt":1,"worker":"w1","detail":"killed by \"signal\" 9\n"}"#

    init() async throws { bench = try await ScriptBench() }

    private func rescue(limit: Int = 3) async throws -> RedisValue {
        try await bench.run(
            Scripts.rescueExpired, ScriptBench.block + ["running", "leases"],
            ["w1", 1_000, .integer(limit), #"killed by \"signal\" 9\n"#])
    }

    @Test func `nothing is done while the lease holds`() async throws {
        let before: [String: Held] = [
            "leases": .scores(["w1": 1_001]), "running": .hash(["a": "3 900", "b": "3 900 cancel"]),
            "jobs": .hash(["a": record(), "b": record()]),
        ]
        try await bench.set(before)
        #expect(try await rescue() == integers(0, 0, 2))
        try await bench.expect(before)
    }

    @Test(arguments: [Held.scores(["w1": 1_000, "w2": 1]), .scores(["w2": 1])])
    func `jobs of an ended lease are set aside with a crash and no attempt`(_ leases: Held) async throws {
        try await bench.set([
            "leases": leases, "running": .hash([awkwardID: "3 900"]), "ready": .list(["b"]),
            "jobs": .hash([awkwardID: record(priority: 4, options: #"{"depth":1}"#, payload: awkwardPayload)]),
        ])
        #expect(try await rescue() == integers(1, 0, 0))
        let rescued = record(priority: 4, crashes: 1, options: #"{"depth":1}"#, events: crash, payload: awkwardPayload)
        try await bench.expect([
            "leases": .scores(["w2": 1]), "jobs": .hash([awkwardID: rescued]), "ready": .list(["b"]),
            "aside": .scores(["crashed 000000000001 \(awkwardID)": 0]),
            "links": .hash(["#seq": "1", "a:\(awkwardID)": "crashed 000000000001 \(awkwardID)"]),
            "meta": .hash(["crashes": "1"]), "wake": .list(["1"]),
        ])
        let event = try #require(JobEvent.list(try await bench.envelope(of: awkwardID).events).first)
        #expect(
            event == JobEvent(at: 1_000, event: "crashed", attempt: 1, worker: "w1", detail: "killed by \"signal\" 9\n")
        )
    }

    @Test func `the second call finds nothing`() async throws {
        try await bench.set([
            "leases": .scores(["w1": 1]), "running": .hash(["a": "3 900"]), "jobs": .hash(["a": record()]),
        ])
        _ = try await rescue()
        #expect(try await rescue() == integers(0, 0, 0))
        try await bench.expect([
            "jobs": .hash(["a": record(crashes: 1, events: crash)]), "aside": .scores(["crashed 000000000001 a": 0]),
            "links": .hash(["#seq": "1", "a:a": "crashed 000000000001 a"]), "meta": .hash(["crashes": "1"]),
            "wake": .list(["1"]),
        ])
    }

    @Test func `a crash joins the history that was there`() async throws {
        let old = #"{"at":1,"event":"failed","attempt":1}"#
        try await bench.set([
            "running": .hash(["a": "3 900"]),
            "jobs": .hash(["a": record(attempts: 1, crashes: 1, events: old, outcome: "{}")]),
        ])
        #expect(try await rescue() == integers(1, 0, 0))
        let envelope = try await bench.envelope(of: "a")
        #expect((envelope.attempts, envelope.crashes, envelope.mark, envelope.outcome) == (1, 2, .live, "{}"))
        #expect(JobEvent.list(envelope.events).map(\.event) == ["crashed", "failed"])
        #expect(JobEvent.list(envelope.events).map(\.attempt) == [2, 1])
    }

    @Test func `a job that took too many workers along is dead with a reason that parses`() async throws {
        try await bench.set([
            "leases": .scores(["w1": 1]), "running": .hash(["a": "3 900"]),
            "jobs": .hash([
                "a": record(attempts: 1, crashes: 2, outcome: #"{"error":{"type":"x"}}"#, payload: awkwardPayload)
            ]),
        ])
        #expect(try await rescue(limit: 3) == integers(0, 1, 0))
        let envelope = try await bench.envelope(of: "a")
        try await bench.expect([
            "jobs": .hash(["a": String(decoding: envelope.encoded(), as: UTF8.self)]), "dead": .scores(["a": 1_000]),
            "meta": .hash(["died": "1", "crashes": "1"]),
        ])
        #expect((envelope.mark, envelope.attempts, envelope.crashes) == (.dead, 1, 3))
        #expect((envelope.startedMilliseconds, envelope.finishedMilliseconds, envelope.worker) == (900, 1_000, "w1"))
        #expect(envelope.payload == Array(awkwardPayload.utf8))
        let outcome = try JSONDecoder().decode([String: JobFailure].self, from: Data(envelope.outcome.utf8))
        let failure = try #require(outcome["error"])
        #expect((failure.type, failure.fingerprint, failure.at) == ("crash", "crash", 1_000))
        #expect(failure.message == "the worker died with this job 3 times; last: killed by \"signal\" 9\n")
    }

    @Test func `a job to be cancelled is cancelled instead of running again`() async throws {
        try await bench.set([
            "leases": .scores(["w1": 1]), "running": .hash(["a": "3 900 cancel"]), "done": .list(["old"]),
            "jobs": .hash(["a": record(crashes: 5, outcome: "{}", payload: awkwardPayload)]),
        ])
        #expect(try await rescue(limit: 1) == integers(0, 0, 0))
        let cancelled = record(
            "C", crashes: 6, started: 900, finished: 1_000, worker: "w1", events: crash, payload: awkwardPayload)
        try await bench.expect([
            "jobs": .hash(["a": cancelled]), "done": .list(["a", "old"]),
            "meta": .hash(["cancelled": "1", "crashes": "1"]),
        ])
    }

    @Test func `a claim without a record is dropped`() async throws {
        try await bench.set(["leases": .scores(["w1": 1]), "running": .hash(["ghost": "3 900"])])
        #expect(try await rescue() == integers(0, 0, 0))
        try await bench.expect([:])
    }

    @Test func `a record of another layout is kept among the dead and holds up no other job`() async throws {
        try await bench.set([
            "leases": .scores(["w1": 1]), "running": .hash(["a": "3 900", "new": "3 900"]),
            "jobs": .hash(["a": record(), "new": "2w{something else}"]),
        ])
        #expect(try await rescue() == integers(1, 1, 0))
        #expect(try await Held.read("dead", from: bench.redis) == .scores(["new": 1_000]))
        #expect(try await bench.redis.send(["HGET", "jobs", "new"]).string() == "2D{something else}")
        #expect(try await Held.read("aside", from: bench.redis) == .scores(["crashed 000000000001 a": 0]))
    }

    @Test func `many jobs are rescued in steps and the lease stays until the last`() async throws {
        let ids = (0..<700).map { "job-\($0)" }
        try await bench.set([
            "leases": .scores(["w1": 1]), "running": .hash(Dictionary(uniqueKeysWithValues: ids.map { ($0, "3 900") })),
            "jobs": .hash(Dictionary(uniqueKeysWithValues: ids.map { ($0, record()) })),
        ])
        var moved: Int64 = 0
        for step in 1... {
            let counts = try await rescue().array().map { try $0.int() }
            moved += Int64(counts[0])
            #expect(counts[0] <= 200 && Int(moved) + counts[2] == 700, "step \(step)")
            #expect(try await bench.redis.send(["EXISTS", "leases"]).bool() == (counts[2] > 0))
            if counts[2] == 0 { break }
        }
        let aside = try await bench.redis.send(["ZRANGE", "aside", 0, -1]).strings()
        #expect(aside.count == 700 && Set(aside.map { String($0.split(separator: " ")[2]) }) == Set(ids))
        #expect(try await bench.redis.send(["LLEN", "wake"]).int() == 64)
    }
}
