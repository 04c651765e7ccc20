import Redis
import Testing

@testable import JobQueue

/// correct_last_tick.lua
@Suite struct CorrectLastTickTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func correct(from last: Int, to now: Int = 1_000, epoch: Int = 2) async throws -> Int {
        try await bench.run(
            Scripts.correctLastTick, ["meta", "history"],
            [.integer(epoch), "bots", .integer(last), .integer(now), #""two hours""#, 3]
        ).int()
    }

    @Test func `an entry goes back to now, and its history says so`() async throws {
        try await bench.set(["meta": .hash(["epoch": "2", "last:bots": "7201000"])])
        #expect(try await correct(from: 7_201_000) == 1_000)
        let record =
            #"{"first":1000,"nominal":1000,"count":0,"at":1000,"epoch":2,"outcome":"clock-corrected","#
            + #""detail":"two hours","jobs":0}"#
        try await bench.expect([
            "meta": .hash(["epoch": "2", "last:bots": "1000", "ahead:bots": "7201000"]), "history": .list([record]),
        ])
        let told = try #require(CompactJSON.value(of: TickRecord.self, in: record))
        #expect(told.outcome == .clockCorrected && told.detail == "two hours" && !told.ran())
        // The second call finds another time.
        #expect(try await correct(from: 7_201_000) == 1_000)
        #expect(try await bench.list("history").count == 1)
    }

    @Test func `another time than the one that was seen, or none, changes nothing`() async throws {
        #expect(try await correct(from: 9_000) == 1_000)
        try await bench.expect([:])
        try await bench.set(["meta": .hash(["last:bots": "5000"])])
        #expect(try await correct(from: 9_000) == 5_000)
        try await bench.expect(["meta": .hash(["last:bots": "5000"])])
    }

    @Test func `the furthest time that was handled is kept`() async throws {
        try await bench.set(["meta": .hash(["last:bots": "9000", "ahead:bots": "20000"])])
        #expect(try await correct(from: 9_000) == 1_000)
        #expect(try await bench.hash("meta") == ["last:bots": "1000", "ahead:bots": "20000"])
    }

    @Test func `a stale epoch is refused, and the history stays within its limit`() async throws {
        let before: [String: Held] = [
            "meta": .hash(["epoch": "3", "last:bots": "9000"]), "history": .list(["1", "2", "3"]),
        ]
        try await bench.set(before)
        #expect(try await correct(from: 9_000) == -1)
        try await bench.expect(before)
        #expect(try await correct(from: 9_000, epoch: 3) == 1_000)
        #expect(try await bench.list("history").dropFirst() == ["1", "2"])
    }
}
