import Redis
import Testing

@testable import JobQueue

/// take_tokens.lua: one token is a million of its units.
@Suite struct TakeTokensTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    /// A bucket of ten tokens that grows by two a second; no window bounds it unless one is given.
    private func take(
        now: Int, least: Int = 1, most: Int = 1, reserve: Int = 0, rate: Int = 2_000_000, burst: Int = 10_000_000,
        window: Int = 0, keeps: Bool = false, cost: Int = 1
    ) async throws -> [Int] {
        let reply = try await bench.run(
            Scripts.takeTokens, ["bucket", "setting"],
            [
                .integer(now), .integer(least), .integer(most), 1, .integer(rate), .integer(burst), .integer(window),
                .integer(reserve), keeps ? 1 : 0, .integer(cost),
            ])
        let numbers = try reply.array().map { try $0.int() }
        #expect(numbers.count == 4)
        return Array(numbers.prefix(3))
    }

    private func bucket(_ tokens: Int, at: Int, recent: String = "") -> Held {
        .hash(["tokens": "\(tokens)", "at": "\(at)", "recent": recent])
    }

    private func expectBucket(_ tokens: Int, at: Int, recent: String = "") async throws {
        try await bench.expect(["bucket": bucket(tokens, at: at, recent: recent)])
    }

    @Test func `what operators have set counts instead of the file`() async throws {
        let setting = Held.hash(["rate": "1000000", "burst": "3000000"])
        try await bench.set(["setting": setting])
        #expect(try await take(now: 1_000, least: 1, most: 8) == [3, 0, 0])
        #expect(try await take(now: 1_500) == [0, 500, 500_000])
        try await bench.expect(["bucket": bucket(500_000, at: 1_500), "setting": setting])
    }

    @Test func `a closed bucket gives nothing, and opens empty`() async throws {
        try await bench.set(["bucket": .hash(["tokens": "0", "at": "900", "closed": "5000"])])
        #expect(try await take(now: 1_000) == [0, 4_500, 0])
        try await bench.expect(["bucket": .hash(["tokens": "0", "at": "1000", "closed": "5000", "recent": ""])])
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
        #expect(try await take(now: 0, most: 10, reserve: 4) == [6, 0, 4_000_000])
        #expect(try await take(now: 0, reserve: 4) == [0, 500, 4_000_000])
        #expect(try await take(now: 0, most: 10) == [4, 0, 0])
        #expect(try await take(now: 0, reserve: 4) == [0, 2_500, 0])
        #expect(try await take(now: 2_500, reserve: 4) == [1, 0, 4_000_000])
    }

    @Test func `a clock a little behind another neither adds nor takes`() async throws {
        try await bench.set(["bucket": bucket(1_500_000, at: 9_000)])
        #expect(try await take(now: 8_000) == [1, 0, 500_000])
        try await expectBucket(500_000, at: 9_000)
        #expect(try await take(now: 9_250) == [1, 0, 0])
    }

    @Test func `a clock that was set back adds nothing, and goes on filling the bucket`() async throws {
        try await bench.set(["bucket": bucket(500_000, at: 900_000)])
        #expect(try await take(now: 1_000) == [0, 250, 500_000])
        try await bench.expect([
            "bucket": .hash(["tokens": "500000", "at": "900000", "back": "1000", "recent": ""])
        ])
        // Who has not noticed yet counts as before: what both see is counted once.
        #expect(try await take(now: 900_100) == [0, 150, 700_000])
        try await expectBucket(700_000, at: 900_100)
        #expect(try await take(now: 1_200) == [0, 150, 700_000])
        #expect(try await take(now: 1_350) == [1, 0, 0])
        try await bench.expect(["bucket": .hash(["tokens": "0", "at": "900250", "back": "1350", "recent": ""])])
        #expect(try await take(now: 901_250) == [1, 0, 1_000_000])
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

    // The window: ten tokens a second, and no second that sees more.

    private func takeInWindow(
        now: Int, most: Int = 1, reserve: Int = 0, keeps: Bool = false, cost: Int = 1, burst: Int = 10_000_000
    ) async throws -> [Int] {
        try await take(
            now: now, most: most, reserve: reserve, rate: 10_000_000, burst: burst, window: 1_000, keeps: keeps,
            cost: cost)
    }

    @Test func `a full bucket and what grows meanwhile do not add up`() async throws {
        #expect(try await takeInWindow(now: 5_000, most: 64) == [10, 0, 0])
        try await expectBucket(0, at: 5_000, recent: "5000:10:0")
        #expect(try await takeInWindow(now: 5_999, most: 64) == [0, 1, 9_990_000])
        #expect(try await takeInWindow(now: 6_000, most: 64) == [10, 0, 0])
        try await expectBucket(0, at: 6_000, recent: "6000:10:0")
    }

    @Test func `a burst above the limit is never taken at once`() async throws {
        #expect(try await takeInWindow(now: 0, most: 64, burst: 50_000_000) == [10, 0, 40_000_000])
        #expect(try await takeInWindow(now: 0, burst: 50_000_000) == [0, 1_000, 40_000_000])
    }

    @Test func `tokens that were taken close together count as of the last`() async throws {
        for now in [5_001, 5_024, 5_025] { #expect(try await takeInWindow(now: now)[0] == 1) }
        try await expectBucket(7_240_000, at: 5_025, recent: "5024:2:0 5025:1:0")
        #expect(try await takeInWindow(now: 5_100, most: 64) == [7, 0, 990_000])
        #expect(try await takeInWindow(now: 6_001) == [0, 23, 10_000_000])
        #expect(try await takeInWindow(now: 6_024, most: 64) == [2, 0, 8_000_000])
    }

    @Test func `a reserve holds in the window as in the bucket`() async throws {
        #expect(try await takeInWindow(now: 0, most: 64, reserve: 4) == [6, 0, 4_000_000])
        #expect(try await takeInWindow(now: 900, most: 64, reserve: 4) == [0, 100, 10_000_000])
        #expect(try await takeInWindow(now: 900, most: 64, keeps: true) == [4, 0, 6_000_000])
        try await expectBucket(6_000_000, at: 900, recent: "0:6:0 900:0:4")
        #expect(try await takeInWindow(now: 900, keeps: true) == [0, 100, 6_000_000])
        // What the class has spent of its reserve need not be left to it any more.
        #expect(try await takeInWindow(now: 1_000, most: 64, reserve: 4) == [3, 0, 4_000_000])
    }

    @Test func `a reserve that is greater than the window is the same part of it`() async throws {
        let setting = Held.hash(["rate": "2000000", "window": "1000"])
        try await bench.set(["setting": setting])
        #expect(try await takeInWindow(now: 0, most: 64, reserve: 5) == [1, 0, 9_000_000])
        #expect(try await takeInWindow(now: 0, reserve: 5) == [0, 1_000, 9_000_000])
    }

    @Test func `what a limit never gives is said to be so`() async throws {
        #expect(try await takeInWindow(now: 0, cost: 11) == [0, -1, 10_000_000])
        #expect(try await takeInWindow(now: 0, cost: 11, burst: 50_000_000) == [0, -1, 10_000_000])
        #expect(try await takeInWindow(now: 0, reserve: 4, cost: 8)[1] == 1_000)
    }

    @Test func `a slow limit counts in its own time`() async throws {
        // 3 in an hour, which no whole number of millionths a second can say.
        func take(now: Int) async throws -> [Int] {
            try await self.take(now: now, most: 9, rate: 833, burst: 3_000_000, window: 3_600_000)
        }
        #expect(try await take(now: 0) == [3, 0, 0])
        #expect(try await take(now: 1) == [0, 3_599_999, 0])
    }

    @Test func `the largest window is remembered in 41 spans`() async throws {
        for now in stride(from: 0, to: 3_000, by: 3) {
            _ = try await take(now: now, rate: 1_000_000_000_000, burst: 1_000_000_000_000, window: 1_000)
        }
        let recent = try await bench.redis.send(["HGET", "bucket", "recent"]).string()
        #expect((40...41).contains(recent.split(separator: " ").count))
    }

    // Several buckets.

    private func takeOfBoth(now: Int, most: Int, costs: (Int, Int)) async throws -> [Int] {
        let reply = try await bench.run(
            Scripts.takeTokens, ["one", "set-one", "two", "set-two"],
            [
                .integer(now), 1, .integer(most), 2, 2_000_000, 10_000_000, 0, 0, 0, .integer(costs.0), 1_000_000,
                4_000_000, 0, 0, 0, .integer(costs.1),
            ])
        let numbers = try reply.array().map { try $0.int() }
        #expect(Array(numbers.dropFirst(3)) == [now, now])
        return Array(numbers.prefix(3))
    }

    @Test func `a job is served by all of its buckets or by none`() async throws {
        #expect(try await takeOfBoth(now: 0, most: 64, costs: (2, 1)) == [4, 0, 0])
        try await bench.expect(["one": bucket(2_000_000, at: 0), "two": bucket(0, at: 0)])
        #expect(try await takeOfBoth(now: 500, most: 64, costs: (2, 1)) == [0, 500, 500_000])
        try await bench.expect(["one": bucket(3_000_000, at: 500), "two": bucket(500_000, at: 500)])
        #expect(try await takeOfBoth(now: 1_000, most: 64, costs: (2, 1)) == [1, 0, 0])
        try await bench.expect(["one": bucket(2_000_000, at: 1_000), "two": bucket(0, at: 1_000)])
    }

    @Test func `the wait is the longest of all, a closed bucket's too`() async throws {
        try await bench.set(["one": .hash(["tokens": "0", "at": "0", "closed": "3000"])])
        #expect(try await takeOfBoth(now: 1_000, most: 1, costs: (1, 1)) == [0, 2_500, 0])
        #expect(try await takeOfBoth(now: 1_000, most: 1, costs: (1, 5)) == [0, -2, 0])
    }
}
