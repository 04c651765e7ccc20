import Redis
import Testing

@testable import JobQueue

/// resolve_missing.lua
@Suite struct ResolveMissingTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func judge(now: Int = 1_000, limit: Int = 2) async throws -> RedisValue {
        try await bench.run(
            Scripts.resolveMissing, ScriptBench.block + ["vanished"], [.integer(now), .integer(limit), 300, 64])
    }

    private func hold(_ record: String, vanished: [String: Int64]) async throws {
        try await bench.set([
            "jobs": .hash(["a": record]), "aside": .scores(["crash-open 000000000001 a": 0]),
            "links": .hash(["#seq": "1", "a:a": "crash-open 000000000001 a"]),
        ])
        if !vanished.isEmpty { try await bench.set(["vanished": .scores(vanished)]) }
    }

    @Test func `a job waits while it is open what became of its workers`() async throws {
        let held = record(worker: "\t0 w1 w2")
        try await hold(held, vanished: ["w1": 701, "w2": 702])
        for _ in 0..<2 {
            #expect(try await judge() == integers(0, 0))
            try await bench.expect([
                "jobs": .hash(["a": held]), "aside": .scores(["crash-open 000000000001 a": 0]),
                "links": .hash(["#seq": "1", "a:a": "crash-open 000000000001 a"]),
                "vanished": .scores(["w1": 701, "w2": 702]),
            ])
        }
    }

    @Test func `a job whose workers never came back is dead, and says so`() async throws {
        try await hold(record(worker: "\t0 w1 w2"), vanished: ["w1": 700, "w2": 700])
        #expect(try await judge() == integers(0, 1))
        let envelope = try await bench.envelope(of: "a")
        #expect((envelope.stateCode, envelope.crashes, envelope.finishedMilliseconds) == (.dead, 2, 1_000))
        #expect(
            JobFailure(outcome: envelope.outcome)?.message
                == "the worker died with this job 2 times; last: it never came back")
        #expect(JobEvent.list(envelope.events).map(\.worker) == ["w2", "w1"])
        #expect(try await Held.read("dead", from: bench.redis) == .scores(["a": 1_000]))
        #expect(try await Held.read("meta", from: bench.redis) == .hash(["crashes": "2", "died": "1"]))
        #expect(try await bench.redis.send(["EXISTS", "aside"]).int() == 0)
    }

    @Test func `a job whose workers came back is first in the ready list`() async throws {
        try await hold(record(worker: "\t0 w1 w2"), vanished: [:])
        try await bench.set(["ready": .list(["b"])])
        #expect(try await judge() == integers(1, 0))
        try await bench.expect([
            "jobs": .hash(["a": record(worker: "\t2")]), "links": .hash(["#seq": "1"]), "ready": .list(["a", "b"]),
            "wake": .list(["1"]),
        ])
    }

    @Test func `a job of which one worker is gone for good runs alone`() async throws {
        try await hold(record(worker: "\t0 w1 w2"), vanished: ["w1": 700])
        #expect(try await judge() == integers(1, 0))
        #expect(try await Held.read("aside", from: bench.redis) == .scores(["crashed 000000000002 a": 0]))
    }

    @Test func `times of a clock that was ahead count from now, old ones are forgotten`() async throws {
        try await bench.set(["vanished": .scores(["ahead": 9_000_000_000, "old": 1, "new": 86_400_002])])
        #expect(try await judge(now: 86_400_002) == integers(0, 0))
        try await bench.expect(["vanished": .scores(["ahead": 86_400_002, "new": 86_400_002])])
    }
}

/// clamp_leases.lua
@Suite struct ClampLeasesTests {
    @Test func `leases that end later than any can are shortened and no other`() async throws {
        let bench = try await ScriptBench()
        try await bench.set(["leases": .scores(["w1": 9_000, "w2": 9_001, "w3": 4_000_000_000_000, "w4": 0])])
        for shortened in [2, 0] {
            let answer = try await bench.run(Scripts.clampLeases, ["leases"], [9_000, 5_000, 64])
            #expect(answer == .integer(Int64(shortened)))
            try await bench.expect(["leases": .scores(["w1": 9_000, "w2": 5_000, "w3": 5_000, "w4": 0])])
        }
    }
}

/// mend_due.lua
@Suite struct MendDueTests {
    @Test func `what waits since a time that has not come yet counts from now, and no other is touched`() async throws {
        let bench = try await ScriptBench()
        func event(_ at: Int) -> String { #"{"at":\#(at),"event":"failed"},{"at":1,"event":"failed"}"# }
        let jobs: [String: Held] = [
            "jobs": .hash([
                "ahead": record(events: event(9_000_000)), "true": record(events: event(400)), "in": record(),
                "near": record(events: event(9_000_000)),
            ])
        ]
        try await bench.set(jobs)
        try await bench.set([
            "retrying": .scores(["ahead": 9_005_000, "true": 9_005_000, "in": 9_005_000, "near": 900])
        ])
        for mended in [1, 0] {
            let answer = try await bench.run(Scripts.mendDue, ["retrying", "jobs"], [500, 1_000, 64])
            #expect(answer == .integer(Int64(mended)))
            let due: Held = .scores(["ahead": 5_500, "true": 9_005_000, "in": 9_005_000, "near": 900])
            try await bench.expect(jobs.merging(["retrying": due]) { $1 })
        }
    }
}
