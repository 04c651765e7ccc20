import Redis
import Testing

@testable import JobQueue

/// give_back_tokens.lua, on a bucket of ten tokens, ten in any second.
@Suite struct GiveBackTokensTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func giveBack(now: Int, at: Int = -1, keeps: Bool = false, _ tokens: Int) async throws -> Int {
        let arguments: [RedisWord] = [
            .integer(now), 1, 10_000_000, 1_000, keeps ? 1 : 0, .integer(tokens), .integer(at),
        ]
        return try await bench.run(Scripts.giveBackTokens, ["bucket", "setting"], arguments).int()
    }

    private func bucket(_ tokens: Int, at: Int, recent: String = "", more: [String: String] = [:]) -> Held {
        .hash(["tokens": "\(tokens)", "at": "\(at)", "recent": recent].merging(more) { $1 })
    }

    @Test func `a bucket never holds more than its burst, even the second time`() async throws {
        try await bench.set(["bucket": bucket(7_000_000, at: 900)])
        #expect(try await giveBack(now: 1_000, 2) == 1)
        try await bench.expect(["bucket": bucket(9_000_000, at: 900)])
        for _ in 0..<2 { #expect(try await giveBack(now: 1_000, 2) == 1) }
        try await bench.expect(["bucket": bucket(10_000_000, at: 900)])
    }

    @Test func `a burst that was lowered counts, and takes nothing away`() async throws {
        let setting = Held.hash(["burst": "3000000"])
        try await bench.set(["bucket": bucket(2_500_000, at: 900), "setting": setting])
        #expect(try await giveBack(now: 1_000, 2) == 1)
        try await bench.expect(["bucket": bucket(3_000_000, at: 900), "setting": setting])
        try await bench.set(["bucket": bucket(7_000_000, at: 900)])
        #expect(try await giveBack(now: 1_000, 2) == 1)
        try await bench.expect(["bucket": bucket(7_000_000, at: 900), "setting": setting])
    }

    @Test func `a bucket that has expired is full: nothing is made`() async throws {
        #expect(try await giveBack(now: 1_000, 2) == 0)
        try await bench.expect([:])
    }

    @Test func `a closed bucket opens empty`() async throws {
        let closed = bucket(0, at: 900, more: ["closed": "2000"])
        try await bench.set(["bucket": closed])
        #expect(try await giveBack(now: 1_999, at: 890, 2) == 0)
        try await bench.expect(["bucket": closed])
        #expect(try await giveBack(now: 2_000, at: 890, 2) == 1)
    }

    @Test func `the window forgets tokens of the class that were taken since`() async throws {
        let recent = "300:2:1 500:3:4 800:1:1"
        try await bench.set(["bucket": bucket(0, at: 900, recent: recent)])
        #expect(try await giveBack(now: 900, at: 500, keeps: true, 2) == 1)
        try await bench.expect(["bucket": bucket(2_000_000, at: 900, recent: "300:2:1 500:3:2 800:1:1")])
        #expect(try await giveBack(now: 900, at: 500, 4) == 1)
        try await bench.expect(["bucket": bucket(6_000_000, at: 900, recent: "300:2:1 500:0:2 800:0:1")])
        #expect(try await giveBack(now: 900, at: 500, keeps: true, 3) == 1)
        try await bench.expect(["bucket": bucket(9_000_000, at: 900, recent: "300:2:1")])
    }

    @Test func `what was taken too long ago, or nobody knows when, stays spent`() async throws {
        try await bench.set(["bucket": bucket(0, at: 900, recent: "500:3:0")])
        #expect(try await giveBack(now: 900, 1) == 1)
        #expect(try await giveBack(now: 1_400, at: 400, 1) == 1)
        #expect(try await giveBack(now: 900, at: 501, 1) == 1)
        try await bench.expect(["bucket": bucket(3_000_000, at: 900, recent: "500:3:0")])
    }
}
