import Redis
import Testing

@testable import JobQueue

/// circuit_succeed.lua and circuit_open.lua
@Suite struct CircuitSucceedTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func succeed(now: Int, started: Int? = nil) async throws -> Int {
        try await bench.run(Scripts.circuitSucceed, ["circuit"], [.integer(now), .integer(started ?? now)]).int()
    }

    private func open(now: Int, for length: Int, reason: String = "they move house") async throws -> Int {
        try await bench.run(
            Scripts.circuitOpen, ["circuit"], [.integer(now), .integer(length), 30_000, .text(reason)]
        ).int()
    }

    private let opened = [
        "phase": "open", "since": "70000", "until": "100000", "length": "30000", "next": "60000", "reason": "why",
        "openings": "1",
    ]

    @Test func `a success clears the counts of a closed circuit, once`() async throws {
        try await bench.set(["circuit": .hash(["failures": "f 900:a"])])
        #expect(try await succeed(now: 1_000) == 1)
        try await bench.expect([:])
        #expect(try await succeed(now: 1_000) == 0)
        try await bench.expect([:])
    }

    @Test func `a success that was begun before the outage does not end it`() async throws {
        try await bench.set(["circuit": .hash(opened)])
        #expect(try await succeed(now: 80_000, started: 60_000) == 0)
        // No probe has been sent yet.
        #expect(try await succeed(now: 100_500) == 0)
        try await bench.expect(["circuit": .hash(opened)])
        let probing = opened.merging(["probe": "100600"]) { $1 }
        try await bench.set(["circuit": .hash(probing)])
        #expect(try await succeed(now: 101_000, started: 69_999) == 0)
        try await bench.expect(["circuit": .hash(probing)])
    }

    @Test func `a probe that succeeds begins the ramp, once`() async throws {
        try await bench.set(["circuit": .hash(opened.merging(["probe": "100600", "hand": "1"]) { $1 })])
        #expect(try await succeed(now: 101_000, started: 100_601) == 2)
        let ramping = opened.merging(["phase": "ramping", "ramp": "101000"]) { $1 }
        try await bench.expect(["circuit": .hash(ramping)])
        #expect((86_370_001...86_400_000).contains(try await bench.lifetime(of: "circuit")))
        #expect(try await succeed(now: 102_000, started: 100_601) == 0)
        try await bench.expect(["circuit": .hash(ramping)])
    }

    @Test func `a success in the ramp clears what was counted in it`() async throws {
        let ramping = opened.merging(["phase": "ramping", "ramp": "101000"]) { $1 }
        try await bench.set(["circuit": .hash(ramping.merging(["failures": "f 102000:a"]) { $1 })])
        #expect(try await succeed(now: 103_000) == 1)
        try await bench.expect(["circuit": .hash(ramping)])
    }

    @Test func `a person opens it, and the probe that fails then makes it as long as the first`() async throws {
        try await bench.set(["circuit": .hash(["failures": "f 900:a"])])
        #expect(try await open(now: 1_000, for: 600_000) == 601_000)
        let byHand = [
            "phase": "open", "since": "1000", "until": "601000", "length": "600000", "next": "30000",
            "reason": "they move house", "hand": "1", "openings": "1",
        ]
        try await bench.expect(["circuit": .hash(byHand)])
        #expect((86_970_001...87_000_000).contains(try await bench.lifetime(of: "circuit")))
        #expect(try await open(now: 2_000, for: 5_000, reason: "") == 7_000)
        try await bench.expect([
            "circuit": .hash(
                byHand.merging(["until": "7000", "length": "5000", "reason": "", "openings": "2"]) { $1 })
        ])
    }
}
