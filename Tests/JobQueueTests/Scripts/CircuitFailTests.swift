import Redis
import Testing

@testable import JobQueue

/// circuit_fail.lua: three jobs within a minute open it for 30 s, at most for 100 s.
@Suite struct CircuitFailTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func fail(
        now: Int, _ job: String, started: Int? = nil, fingerprint: String = "f", needed: Int = 3
    ) async throws -> Int {
        try await bench.run(
            Scripts.circuitFail, ["circuit"],
            [
                .integer(now), .text(fingerprint), .text(job), .integer(started ?? now), .integer(needed), 60_000,
                30_000, 100_000,
            ]
        ).int()
    }

    private func open(since: Int, until: Int, length: Int, next: Int, reason: String, openings: Int = 1) -> Held {
        .hash([
            "phase": "open", "since": "\(since)", "until": "\(until)", "length": "\(length)", "next": "\(next)",
            "reason": reason, "openings": "\(openings)",
        ])
    }

    private func probing(probe: Int) async throws {
        try await bench.set([
            "circuit": open(since: 70_000, until: 100_000, length: 30_000, next: 60_000, reason: "why")
        ])
        _ = try await bench.redis.send(["HSET", "circuit", "probe", .integer(probe)])
    }

    @Test func `distinct jobs that fail alike open it`() async throws {
        #expect(try await fail(now: 1_000, "a") == 1)
        #expect(try await fail(now: 2_000, awkwardID) == 1)
        try await bench.expect(["circuit": .hash(["failures": "f 1000:a 2000:\(awkwardID)"])])
        #expect((90_001...120_000).contains(try await bench.lifetime(of: "circuit")))
        #expect(try await fail(now: 3_000, "c") == 2)
        try await bench.expect([
            "circuit": open(since: 3_000, until: 33_000, length: 30_000, next: 60_000, reason: "3 jobs failed with f")
        ])
        #expect((86_400_001...86_430_000).contains(try await bench.lifetime(of: "circuit")))
    }

    @Test func `one job that fails often does not`() async throws {
        for now in 1...9 { #expect(try await fail(now: now * 1_000, "a") == 1) }
        try await bench.expect(["circuit": .hash(["failures": "f 9000:a"])])
    }

    @Test func `failures of different causes do not add up`() async throws {
        for (number, job) in ["a", "b", "c", "d"].enumerated() {
            #expect(try await fail(now: 1_000 + number, job, fingerprint: number < 2 ? "f" : "g") == 1)
        }
        try await bench.expect(["circuit": .hash(["failures": "f 1000:a 1001:b\ng 1002:c 1003:d"])])
    }

    @Test func `a failure counts for the window only, and one of a time to come counts as now`() async throws {
        try await bench.set(["circuit": .hash(["failures": "old 1000:x\nf 1000:a 2000:b 900000:z"])])
        #expect(try await fail(now: 61_500, "c") == 2)
        try await bench.set(["circuit": .hash(["failures": "old 1000:x\nf 1000:a 2000:b"])])
        _ = try await bench.redis.send(["DEL", "circuit"])
        try await bench.set(["circuit": .hash(["failures": "old 1000:x\nf 1000:a 2000:b"])])
        #expect(try await fail(now: 61_500, "c") == 1)
        try await bench.expect(["circuit": .hash(["failures": "f 2000:b 61500:c"])])
    }

    @Test func `sixteen fingerprints are kept, the quiet ones go`() async throws {
        for number in 1...18 { #expect(try await fail(now: 1_000 + number, "a", fingerprint: "f\(number)") == 1) }
        #expect(try await fail(now: 2_000, "b", fingerprint: "f3") == 1)
        let text = try await bench.redis.send(["HGET", "circuit", "failures"]).string()
        let names = text.split(separator: "\n").compactMap { $0.split(separator: " ").first.map(String.init) }
        #expect(names == (4...18).map { "f\($0)" } + ["f3"])
    }

    @Test func `late failures lengthen no opening`() async throws {
        let held = open(since: 70_000, until: 100_000, length: 30_000, next: 60_000, reason: "why")
        try await bench.set(["circuit": held])
        #expect(try await fail(now: 80_000, "a", started: 69_000) == 0)
        // Nobody has been admitted yet, so that is no probe's either.
        #expect(try await fail(now: 100_500, "b", started: 100_400) == 0)
        try await bench.expect(["circuit": held])
        try await probing(probe: 100_600)
        #expect(try await fail(now: 101_000, "c", started: 70_003) == 0)
        #expect(try await bench.redis.send(["HGET", "circuit", "until"]).string() == "100000")
    }

    @Test func `a failed probe opens it for twice as long, up to the longest`() async throws {
        try await probing(probe: 100_600)
        #expect(try await fail(now: 101_000, "p", started: 100_601) == 2)
        let reason = "the probe failed with f"
        try await bench.expect([
            "circuit": open(
                since: 70_000, until: 161_000, length: 60_000, next: 100_000, reason: reason, openings: 2)
        ])
        // The second call, and the report of a probe that had been forgotten.
        #expect(try await fail(now: 101_001, "p", started: 100_601) == 0)
        _ = try await bench.redis.send(["HSET", "circuit", "probe", "161000"])
        #expect(try await fail(now: 161_500, "p", started: 100_601) == 0)
        #expect(try await fail(now: 161_500, "q", started: 161_001) == 2)
        try await bench.expect([
            "circuit": open(
                since: 70_000, until: 261_500, length: 100_000, next: 100_000, reason: reason, openings: 3)
        ])
    }

    @Test func `in the ramp failures of jobs that it admitted count`() async throws {
        let ramping = [
            "phase": "ramping", "since": "70000", "until": "100000", "length": "30000", "next": "60000",
            "reason": "why", "openings": "1", "ramp": "101000", "slot": "3", "given": "1",
        ]
        try await bench.set(["circuit": .hash(ramping)])
        #expect(try await fail(now: 104_000, "late", started: 70_003, needed: 2) == 0)
        #expect(try await fail(now: 104_000, "a", started: 102_000, needed: 2) == 1)
        try await bench.expect(["circuit": .hash(ramping.merging(["failures": "f 104000:a"]) { $1 })])
        #expect(try await bench.lifetime(of: "circuit") == -1)
        #expect(try await fail(now: 104_500, "b", started: 103_000, needed: 2) == 2)
        try await bench.expect([
            "circuit": open(
                since: 70_000, until: 164_500, length: 60_000, next: 100_000, reason: "2 jobs failed with f",
                openings: 2)
        ])
    }
}
