import Foundation
import Redis
import Testing

@testable import JobQueue

/// rescue_expired.lua, with crash.lua
@Suite struct RescueExpiredTests {
    let bench: ScriptBench
    private let crash =
        #"{"at":1000,"event":"crashed","attempt":1,"worker":"w1","detail":"killed by \"signal\" 9\n"}"#

    init() async throws { bench = try await ScriptBench() }

    /// The rescue of a worker that was seen to die, or of one whose lease says enough.
    private func rescue(limit: Int = 3, seen: Bool = true, now: Int = 1_000) async throws -> RedisValue {
        try await bench.run(
            Scripts.rescueExpired, ScriptBench.block + ["running", "leases", "vanished"],
            [
                "w1", .integer(now), .integer(limit), seen ? "1" : "0", "killed by \"signal\" 9\n", 300,
            ])
    }

    private func lost(_ detail: String, at: Int = 1_000, worker: String = "w1") -> String {
        #"{"at":\#(at),"event":"lease-lost","attempt":1,"worker":"\#(worker)","detail":"\#(detail)"}"#
    }

    @Test func `nothing is done while the lease holds`() async throws {
        let before: [String: Held] = [
            "leases": .scores(["w1": 1_001]), "running": .hash(["a": "3 900", "b": "3 900 cancel"]),
            "jobs": .hash(["a": record(), "b": record()]),
        ]
        try await bench.set(before)
        #expect(try await rescue(seen: false) == integers(0, 0, 2))
        try await bench.expect(before)
    }

    @Test(arguments: [Held.scores(["w1": 9_000, "w2": 1]), .scores(["w2": 1])])
    func `jobs of a worker that was seen to die come first in the ready list, with a crash and no attempt`(
        _ leases: Held
    ) async throws {
        try await bench.set([
            "leases": leases, "running": .hash([awkwardID: "3 900"]), "ready": .list(["b"]),
            "jobs": .hash([awkwardID: record(priority: 4, options: #"{"depth":1}"#, payload: awkwardPayload)]),
        ])
        #expect(try await rescue() == integers(1, 0, 0))
        let rescued = record(priority: 4, crashes: 1, options: #"{"depth":1}"#, events: crash, payload: awkwardPayload)
        try await bench.expect([
            "leases": .scores(["w2": 1]), "jobs": .hash([awkwardID: rescued]), "ready": .list(["b"]),
            "ranked": .scores([awkwardID: -4]), "meta": .hash(["crashes": "1"]), "wake": .list(["1"]),
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
            "jobs": .hash(["a": record(crashes: 1, events: crash)]), "ready": .list(["a"]),
            "meta": .hash(["crashes": "1"]), "wake": .list(["1"]),
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
        #expect((envelope.attempts, envelope.crashes, envelope.stateCode, envelope.outcome) == (1, 2, .live, "{}"))
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
        #expect((envelope.stateCode, envelope.attempts, envelope.crashes) == (.dead, 1, 3))
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
        #expect(try await Held.read("ready", from: bench.redis) == .list(["a"]))
    }

    @Test func `many jobs are rescued in steps, the oldest come first, and the lease stays until the last`()
        async throws
    {
        let ids = (0..<700).map { "job-\($0)" }
        try await bench.set([
            "leases": .scores(["w1": 1]), "ready": .list(["later"]),
            "running": .hash(Dictionary(uniqueKeysWithValues: ids.enumerated().map { ($1, "\($0 + 1) 900") })),
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
        #expect(try await bench.redis.send(["LRANGE", "ready", 0, -1]).strings() == ids + ["later"])
        #expect(try await bench.redis.send(["LLEN", "wake"]).int() == 64)
    }

    @Test func `a lease that ended is a loss, and its worker is missing`() async throws {
        try await bench.set([
            "leases": .scores(["w1": 1_000]), "running": .hash(["a": "3 900", "b": "4 900"]), "ready": .list(["c"]),
            "jobs": .hash(["a": record(), "b": record()]),
        ])
        #expect(try await rescue(seen: false) == integers(2, 0, 0))
        let taken = record(
            worker: "\t0 w1", events: lost("no heartbeat; the job goes to another worker"))
        try await bench.expect([
            "jobs": .hash(["a": taken, "b": taken]), "ready": .list(["a", "b", "c"]),
            "vanished": .scores(["w1": 1_000]),
            "meta": .hash(["losses": "2"]), "wake": .list(["1", "1"]),
        ])
        let envelope = try await bench.envelope(of: "a")
        #expect((envelope.crashes, envelope.losses, envelope.missing, envelope.worker) == (0, 0, ["w1"], nil))
    }

    @Test func `a lease that its worker gave up blames nobody`() async throws {
        try await bench.set([
            "leases": .scores(["w1": 0]), "running": .hash(["a": "3 900"]), "jobs": .hash(["a": record(crashes: 1)]),
        ])
        #expect(try await rescue(limit: 9, seen: false) == integers(1, 0, 0))
        try await bench.expect([
            "jobs": .hash(["a": record(crashes: 1, worker: "\t1", events: lost("its worker gave the lease up"))]),
            "ready": .list(["a"]), "meta": .hash(["losses": "1"]), "wake": .list(["1"]),
        ])
    }

    @Test func `a worker that came back makes a loss, one that never did a crash, and one more is open`() async throws {
        try await bench.set([
            "leases": .scores(["w1": 999]), "running": .hash(["a": "3 900"]),
            "vanished": .scores(["gone": 700, "open": 701]),
            "jobs": .hash(["a": record(worker: "\t2 back gone open")]),
        ])
        #expect(try await rescue(limit: 4, seen: false) == integers(1, 0, 0))
        let envelope = try await bench.envelope(of: "a")
        #expect((envelope.crashes, envelope.losses, envelope.missing) == (1, 3, ["open", "w1"]))
        #expect(JobEvent.list(envelope.events).map(\.event) == ["lease-lost", "crashed"])
        #expect(JobEvent.list(envelope.events).last?.worker == "gone")
        // Three strikes of four: alone before the last.
        #expect(try await Held.read("aside", from: bench.redis) == .scores(["crashed 000000000001 a": 0]))
    }

    @Test(arguments: [(2, "crashed"), (1, "crash-open")])
    func `a job is parked before its last crash, and while that is open`(_ limit: Int, _ reason: String) async throws {
        try await bench.set([
            "leases": .scores(["w1": 999]), "running": .hash(["a": "3 900"]), "jobs": .hash(["a": record()]),
        ])
        #expect(try await rescue(limit: limit, seen: false) == integers(1, 0, 0))
        #expect(try await Held.read("aside", from: bench.redis) == .scores(["\(reason) 000000000001 a": 0]))
    }

    @Test func `a lease that was lost too often says so, and blames no worker`() async throws {
        try await bench.set([
            "leases": .scores(["w1": 0]), "running": .hash(["a": "3 900"]),
            "jobs": .hash(["a": record(worker: "\t19")]),
        ])
        #expect(try await rescue(seen: false) == integers(0, 1, 0))
        let failure = try #require(JobFailure(outcome: try await bench.envelope(of: "a").outcome))
        #expect((failure.type, failure.fingerprint) == ("lease-lost", "lease-lost"))
        #expect(
            failure.message == "its lease was lost 20 times while its worker lived: look at Redis or the network")
    }

    @Test func `once a rescue has begun its worker cannot keep the lease, and what is left is taken back alike`()
        async throws
    {
        let ids = (0..<70).map { "job-\($0)" }
        try await bench.set([
            "leases": .scores(["w1": 1]), "running": .hash(Dictionary(uniqueKeysWithValues: ids.map { ($0, "3 900") })),
            "jobs": .hash(Dictionary(uniqueKeysWithValues: ids.map { ($0, record()) })),
        ])
        #expect(try await rescue(seen: false) == integers(64, 0, 6))
        #expect(try await Held.read("leases", from: bench.redis) == .scores(["w1": 0]))
        let answer = try await bench.run(Scripts.extendLease, ["leases", "running"], ["w1", 9_000])
        #expect(answer == integers(0))
        #expect(try await rescue(seen: false) == integers(6, 0, 0))
        #expect(try await bench.envelope(of: "job-0").missing == ["w1"])
    }

    @Test func `a death that is heard of after the rescue makes a crash of the loss`() async throws {
        try await bench.set([
            "leases": .scores(["w1": 1]), "running": .hash(["a": "3 900"]), "jobs": .hash(["a": record()]),
        ])
        _ = try await rescue(limit: 1, seen: false)
        #expect(try await rescue(limit: 1, now: 1_001) == integers(0, 0, 0))
        let judged = try await bench.run(
            Scripts.resolveMissing, ScriptBench.block + ["vanished"], [1_001, 1, 300, 64])
        #expect(judged == integers(0, 1))
        #expect(try await bench.envelope(of: "a").crashes == 1)
    }
}
