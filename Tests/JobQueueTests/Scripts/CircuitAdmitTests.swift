import Redis
import Testing

@testable import JobQueue

/// circuit_admit.lua and circuit_give_back.lua: an opening of 30 s, a ramp of 30 s.
@Suite struct CircuitAdmitTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func admit(now: Int, most: Int = 64) async throws -> [Int] {
        try await bench.run(Scripts.circuitAdmit, ["circuit"], [.integer(now), .integer(most), 30_000, 30_000]).array()
            .map { try $0.int() }
    }

    private func giveBack(_ jobs: Int) async throws -> Int {
        try await bench.run(Scripts.circuitGiveBack, ["circuit"], [.integer(jobs)]).int()
    }

    private func open(_ more: [String: String] = [:]) -> Held {
        .hash([
            "phase": "open", "since": "70000", "until": "100000", "length": "30000", "next": "60000", "reason": "why",
            "openings": "1",
        ].merging(more) { $1 })
    }

    @Test func `a circuit that nobody has used admits everything and stores nothing`() async throws {
        #expect(try await admit(now: 1_000) == [64, 0, 0])
        #expect(try await giveBack(3) == 0)
        try await bench.expect([:])
    }

    @Test func `where failures are counted a success matters`() async throws {
        let counting = Held.hash(["failures": "f 900:a"])
        try await bench.set(["circuit": counting])
        #expect(try await admit(now: 1_000) == [64, 0, 1])
        try await bench.expect(["circuit": counting])
    }

    @Test func `an open circuit admits nothing until its time`() async throws {
        try await bench.set(["circuit": open()])
        #expect(try await admit(now: 99_000) == [0, 1_000, 1])
        try await bench.expect(["circuit": open()])
    }

    @Test func `then one job at a time, until the probe reports or is forgotten`() async throws {
        try await bench.set(["circuit": open()])
        #expect(try await admit(now: 100_000, most: 0) == [0, 0, 1])
        #expect(try await admit(now: 100_000) == [1, 0, 1])
        try await bench.expect(["circuit": open(["probe": "100000"])])
        #expect(try await admit(now: 100_000) == [0, 1_000, 1])
        #expect(try await admit(now: 129_999) == [0, 1, 1])
        #expect(try await admit(now: 130_000) == [1, 0, 1])
        try await bench.expect(["circuit": open(["probe": "130000"])])
    }

    @Test func `a probe that is given back leaves its place to another`() async throws {
        try await bench.set(["circuit": open(["probe": "100000"])])
        #expect(try await giveBack(1) == 1)
        try await bench.expect(["circuit": open()])
        #expect(try await giveBack(1) == 0)
        #expect(try await admit(now: 100_001) == [1, 0, 1])
    }

    @Test func `a clock that was set back makes an opening no longer`() async throws {
        try await bench.set(["circuit": open()])
        #expect(try await admit(now: 5_000) == [0, 30_000, 1])
        try await bench.expect(["circuit": open(["until": "35000"])])
    }

    private func ramping(_ more: [String: String]) -> Held {
        .hash([
            "phase": "ramping", "since": "70000", "until": "100000", "length": "30000", "next": "60000",
            "reason": "why", "openings": "1", "ramp": "200000",
        ].merging(more) { $1 })
    }

    @Test func `the ramp admits 1, 2, 4, 8, 16 and 32 jobs a second, then all`() async throws {
        try await bench.set(["circuit": ramping([:])])
        for (step, allowed) in [1, 2, 4, 8, 16, 32].enumerated() {
            let now = 200_000 + step * 5_000
            #expect(try await admit(now: now) == [allowed, 0, 1])
            #expect(try await admit(now: now + 400) == [0, 600, 1])
            #expect(try await admit(now: now + 1_000, most: 1) == [1, 0, 1])
            #expect(try await admit(now: now + 1_999) == (allowed > 1 ? [allowed - 1, 0, 1] : [0, 1, 1]))
        }
        try await bench.expect(["circuit": ramping(["slot": "26", "given": "32"])])
        #expect(try await admit(now: 230_000) == [64, 0, 0])
        try await bench.expect([:])
    }

    @Test func `what the ramp admitted and nobody used is admitted again`() async throws {
        try await bench.set(["circuit": ramping(["slot": "12", "given": "4"])])
        #expect(try await admit(now: 212_000) == [0, 1_000, 1])
        #expect(try await giveBack(3) == 1)
        try await bench.expect(["circuit": ramping(["slot": "12", "given": "1"])])
        #expect(try await admit(now: 212_000) == [3, 0, 1])
        #expect(try await giveBack(9) == 1)
        try await bench.expect(["circuit": ramping(["slot": "12", "given": "0"])])
    }

    @Test func `a clock that was set back begins the ramp again`() async throws {
        try await bench.set(["circuit": ramping(["slot": "12", "given": "4"])])
        #expect(try await admit(now: 5_000) == [1, 0, 1])
        try await bench.expect(["circuit": ramping(["ramp": "5000", "slot": "0", "given": "1"])])
    }

    @Test func `the end of the ramp forgets the outage, not what fails since`() async throws {
        try await bench.set(["circuit": ramping(["failures": "f 229000:a"])])
        #expect(try await admit(now: 230_000) == [64, 0, 1])
        try await bench.expect(["circuit": .hash(["failures": "f 229000:a"])])
    }
}
