import Redis
import Testing

@testable import JobQueue

/// tick.lua
@Suite struct TickTests {
    let bench: ScriptBench
    private let keys = ScriptBench.block + ["ticks"]

    init() async throws { bench = try await ScriptBench() }

    private func tick(
        epoch: Int = 2, nominal: Int = 900, overlap: RedisWord = "allow", memory: Int = 10_000, id: String = "j1",
        record text: String = record(), priority: Int = 0, due: Int = 0, now: Int = 1_000
    ) async throws -> String {
        try await bench.run(
            Scripts.tick, keys,
            [
                .integer(now), .integer(epoch), "bots@\(nominal)", "bots", .integer(nominal), overlap, .integer(memory),
                .text(id), .text(text), .integer(priority), .integer(due),
            ]
        ).string()
    }

    private func meta(_ more: [String: String] = [:], last: Int = 900, live: String = "j1", enqueued: Int = 1) -> Held {
        .hash(
            ["epoch": "2", "last:bots": "\(last)", "live:bots": live, "enqueued": "\(enqueued)"].merging(more) { $1 })
    }

    @Test func `a tick enqueues its job and is remembered`() async throws {
        #expect(try await tick() == "enqueued")
        try await bench.expect([
            "jobs": .hash(["j1": record()]), "ready": .list(["j1"]), "wake": .list(["1"]), "meta": meta(),
            "ticks": .scores(["bots@900": 900]),
        ])
        #expect((1...60_000).contains(try await bench.lifetime(of: "wake")))
    }

    @Test func `priority and due time choose the place`() async throws {
        #expect(try await tick(record: record(priority: 3), priority: 3) == "enqueued")
        #expect(try await tick(nominal: 950, id: "j2", due: 1_001) == "enqueued")
        try await bench.expect([
            "jobs": .hash(["j1": record(priority: 3), "j2": record()]), "ranked": .scores(["j1": -3]),
            "scheduled": .scores(["j2": 1_001]), "wake": .list(["1"]), "meta": meta(last: 950, live: "j2", enqueued: 2),
            "ticks": .scores(["bots@900": 900, "bots@950": 950]),
        ])
    }

    @Test(arguments: [2, 3])
    func `the second call is a duplicate whoever leads`(_ epoch: Int) async throws {
        _ = try await tick()
        #expect(try await tick(epoch: epoch, id: "j2") == "duplicate")
        try await bench.expect([
            "jobs": .hash(["j1": record()]), "ready": .list(["j1"]), "wake": .list(["1"]),
            "meta": meta(["epoch": "\(epoch)"]),
            "ticks": .scores(["bots@900": 900]),
        ])
    }

    @Test func `a tick older than the last one handled is a duplicate`() async throws {
        let before: [String: Held] = ["meta": .hash(["epoch": "2", "last:bots": "901"])]
        try await bench.set(before)
        #expect(try await tick() == "duplicate")
        try await bench.expect(before)
    }

    @Test func `a scheduler that leads no more is refused`() async throws {
        let before: [String: Held] = ["meta": .hash(["epoch": "3"])]
        try await bench.set(before)
        #expect(try await tick(epoch: 2) == "stale")
        try await bench.expect(before)
    }

    @Test func `a tick is left out while the job before lives`() async throws {
        _ = try await tick()
        #expect(try await tick(nominal: 950, overlap: "skip", id: "j2") == "overlap")
        try await bench.expect([
            "jobs": .hash(["j1": record()]), "ready": .list(["j1"]), "wake": .list(["1"]),
            "meta": meta(["ticks_skipped": "1"], last: 950), "ticks": .scores(["bots@900": 900, "bots@950": 950]),
        ])
        #expect(try await tick(nominal: 950, overlap: "skip", id: "j2") == "duplicate")
    }

    @Test(arguments: ["S", "C", "c", "E", "D", nil] as [Character?])
    func `a tick goes on once the job before is over`(_ mark: Character?) async throws {
        try await bench.set(["meta": .hash(["live:bots": "j0"])])
        if let mark { try await bench.set(["jobs": .hash(["j0": record(mark, finished: 5)])]) }
        #expect(try await tick(overlap: "skip") == "enqueued")
    }

    @Test func `ticks may overlap when they are allowed to`() async throws {
        _ = try await tick()
        #expect(try await tick(nominal: 950, id: "j2") == "enqueued")
        #expect(try await bench.redis.send(["LRANGE", "ready", 0, -1]).strings() == ["j1", "j2"])
    }

    @Test func `a tick without a job is recorded as skipped`() async throws {
        #expect(try await tick(id: "") == "skipped")
        let expected: [String: Held] = [
            "meta": .hash(["epoch": "2", "last:bots": "900", "ticks_skipped": "1"]),
            "ticks": .scores(["bots@900": 900]),
        ]
        try await bench.expect(expected)
        #expect(try await tick(id: "") == "duplicate")
        try await bench.expect(expected)
    }

    @Test func `a job id that exists is not enqueued again by another tick`() async throws {
        try await bench.set(["jobs": .hash(["j1": record("S", finished: 4)])])
        #expect(try await tick() == "duplicate")
        try await bench.expect([
            "jobs": .hash(["j1": record("S", finished: 4)]), "meta": .hash(["epoch": "2", "last:bots": "900"]),
            "ticks": .scores(["bots@900": 900]),
        ])
    }

    @Test func `ticks are forgotten after their time and stay handled`() async throws {
        _ = try await tick()
        #expect(try await tick(nominal: 20_000, id: "j2", now: 20_000) == "enqueued")
        #expect(try await Held.read("ticks", from: bench.redis) == .scores(["bots@20000": 20_000]))
        #expect(try await tick(id: "j3", now: 20_000) == "duplicate")
    }

    @Test func `line breaks in the payload are kept`() async throws {
        let text = record(payload: awkwardPayload)
        #expect(try await tick(id: awkwardID, record: text) == "enqueued")
        #expect(try await bench.envelope(of: awkwardID).payload == Array(awkwardPayload.utf8))
    }

    @Test func `a tick whose unique key a living job holds is left out`() async throws {
        let unique = record(options: #"{"unique":"k"}"#)
        #expect(try await tick(record: unique) == "enqueued")
        #expect(try await tick(nominal: 950, id: "j2", record: unique) == "overlap")
        try await bench.expect([
            "jobs": .hash(["j1": unique]), "ready": .list(["j1"]), "wake": .list(["1"]),
            "links": .hash(["u:k": "0 j1"]),
            "meta": meta(["ticks_skipped": "1"], last: 950), "ticks": .scores(["bots@900": 900, "bots@950": 950]),
        ])
    }

    @Test func `a tick that coalesces is done by the job that waits`() async throws {
        let options = #"{"coalesce":true,"unique":"k"}"#
        try await bench.enqueue("other", record(options: options))
        #expect(try await tick(id: "j2", record: record(options: options, payload: "[2]")) == "enqueued")
        #expect(try await bench.envelope(of: "other").payload == Array("[2]".utf8))
        #expect(try await bench.hash("meta")["live:bots"] == "other")
        #expect(try await bench.list("ready") == ["other"])
        #expect(try await tick(nominal: 950, overlap: "skip", id: "j3") == "overlap")
    }
}
