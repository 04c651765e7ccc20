import Redis
import Testing

@testable import JobQueue

/// take_tokens.lua: one token is a million of its units.
@Suite struct TakeTokensTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    /// A bucket of ten tokens that grows by two a second.
    private func take(
        now: Int, least: Int = 1, most: Int = 1, reserve: Int = 0, rate: Int = 2_000_000, burst: Int = 10_000_000
    ) async throws -> [Int] {
        let reply = try await bench.run(
            Scripts.takeTokens, ["bucket", "setting"],
            [.integer(now), .integer(rate), .integer(burst), .integer(reserve), .integer(least), .integer(most)])
        return try reply.array().map { try $0.int() }
    }

    private func expectBucket(_ tokens: Int, at: Int) async throws {
        try await bench.expect(["bucket": .hash(["tokens": "\(tokens)", "at": "\(at)"])])
    }

    @Test func `what operators have set counts instead of the file`() async throws {
        let setting = Held.hash(["rate": "1000000", "burst": "3000000"])
        try await bench.set(["setting": setting])
        #expect(try await take(now: 1_000, least: 1, most: 8) == [3, 0, 0])
        #expect(try await take(now: 1_500) == [0, 500, 500_000])
        try await bench.expect(["bucket": .hash(["tokens": "500000", "at": "1500"]), "setting": setting])
    }

    @Test func `a closed bucket gives nothing, and opens empty`() async throws {
        let closed = Held.hash(["tokens": "0", "at": "5000", "closed": "5000"])
        try await bench.set(["bucket": closed])
        #expect(try await take(now: 1_000) == [0, 4_000, 0])
        try await bench.expect(["bucket": closed])
        #expect(try await take(now: 5_000) == [0, 500, 0])
        #expect(try await take(now: 5_500) == [1, 0, 0])
    }

    @Test func `a new bucket is full`() async throws {
        #expect(try await take(now: 1_000, most: 4) == [4, 0, 6_000_000])
        try await expectBucket(6_000_000, at: 1_000)
        // Ten tokens take five seconds; a minute is added.
        #expect((60_001...65_000).contains(try await bench.lifetime(of: "bucket")))
    }

    @Test func `what is there is given when it is at least what is wanted`() async throws {
        try await bench.set(["bucket": .hash(["tokens": "3500000", "at": "1000"])])
        #expect(try await take(now: 1_000, least: 1, most: 8) == [3, 0, 500_000])
        try await expectBucket(500_000, at: 1_000)
    }

    @Test func `too few are not given at all and the wait is exact`() async throws {
        try await bench.set(["bucket": .hash(["tokens": "3500000", "at": "1000"])])
        #expect(try await take(now: 1_000, least: 4, most: 8) == [0, 250, 3_500_000])
        #expect(try await take(now: 1_249, least: 4, most: 8) == [0, 1, 3_998_000])
        #expect(try await take(now: 1_250, least: 4, most: 8) == [4, 0, 0])
        try await expectBucket(0, at: 1_250)
    }

    @Test func `tokens grow with time up to the burst`() async throws {
        try await bench.set(["bucket": .hash(["tokens": "0", "at": "1000"])])
        #expect(try await take(now: 1_500) == [1, 0, 0])
        #expect(try await take(now: 1_999) == [0, 1, 998_000])
        #expect(try await take(now: 900_000, most: 20) == [10, 0, 0])
        try await expectBucket(0, at: 900_000)
    }

    @Test func `fractions of a token are not lost by asking often`() async throws {
        try await bench.set(["bucket": .hash(["tokens": "0", "at": "0"])])
        var taken = 0
        for now in 1...3_000 { taken += try await take(now: now)[0] }
        #expect(taken == 6)
    }

    @Test func `a reserve stays for those it is meant for`() async throws {
        #expect(try await take(now: 0, most: 10, reserve: 4_000_000) == [6, 0, 4_000_000])
        #expect(try await take(now: 0, reserve: 4_000_000) == [0, 500, 4_000_000])
        #expect(try await take(now: 0, most: 10) == [4, 0, 0])
        #expect(try await take(now: 0, reserve: 4_000_000) == [0, 2_500, 0])
        #expect(try await take(now: 2_500, reserve: 4_000_000) == [1, 0, 4_000_000])
    }

    @Test func `a clock that goes back neither adds nor takes`() async throws {
        try await bench.set(["bucket": .hash(["tokens": "1500000", "at": "9000"])])
        #expect(try await take(now: 1_000) == [1, 0, 500_000])
        try await expectBucket(500_000, at: 9_000)
        #expect(try await take(now: 9_250) == [1, 0, 0])
    }

    @Test func `a burst that was lowered takes the surplus away`() async throws {
        try await bench.set(["bucket": .hash(["tokens": "10000000", "at": "0"])])
        #expect(try await take(now: 0, most: 10, burst: 3_000_000) == [3, 0, 0])
    }

    @Test func `the largest and the smallest bucket keep exact numbers`() async throws {
        let now = 1_800_000_000_000
        #expect(try await take(now: now, rate: 1_000_000_000_000, burst: 1_000_000_000_000) == [1, 0, 999_999_000_000])
        try await expectBucket(999_999_000_000, at: now)
        _ = try await bench.redis.send(["FLUSHDB"])
        #expect(try await take(now: now, rate: 1_000, burst: 1_000_000) == [1, 0, 0])
        #expect(try await take(now: now, rate: 1_000, burst: 1_000_000) == [0, 1_000_000, 0])
        try await expectBucket(0, at: now)
    }

    @Test func `no two callers get the same token`() async throws {
        let taken = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<40 { group.addTask { try await take(now: 0)[0] } }
            return try await group.reduce(0, +)
        }
        #expect(taken == 10)
    }
}
