import Redis
import Testing

@testable import JobQueue

/// tick.lua
@Suite struct TickTests {
    let bench: ScriptBench
    private let keys = ScriptBench.block + ["ticks", "entries", "history", "leases"]

    init() async throws { bench = try await ScriptBench() }

    /// One job of a tick as the script takes it.
    struct Member {
        var entity = ""
        var id = "j1"
        var record = JobQueueTests.record()
        var priority = 0
        var due = 0

        var words: [RedisWord] {
            [.text(entity), .text(id), .text(record), .integer(priority), .integer(due)]
        }
    }

    /// Everything else that the script takes.
    struct Call {
        var epoch = 2
        var nominal = 900
        var first: Int?
        var count = 1
        var outcome = "enqueued"
        var reason = ""
        var detail = ""
        var overlap = "allow"
        var overlapMax = 2
        var fails = 0
        var memory = 10_000
        var keep = 100
        var now = 1_000
        var workers: [String] = []
    }

    @discardableResult
    func tick(_ call: Call = Call(), _ members: [Member] = [Member()], id: String? = nil) async throws -> [String] {
        let reply = try await bench.run(
            Scripts.tick, keys + call.workers.map { "running:\($0)" },
            [
                .integer(call.now), .integer(call.epoch), .text(id ?? "bots@\(call.nominal)"), "bots",
                .integer(call.nominal), .integer(call.first ?? call.nominal), .integer(call.count),
                .text(call.outcome), .text(call.reason), .text(call.detail), .text(call.overlap),
                .integer(call.overlapMax), .integer(call.fails), .integer(call.memory), .integer(call.keep), "calls",
                "q", .integer(call.workers.count),
            ] + call.workers.map { .text($0) } + [.integer(members.count)] + members.flatMap(\.words)
        ).array()
        let lists = try reply[2...].map { try $0.strings().joined(separator: ",") }
        return [try reply[0].string(), "\(try reply[1].int())"] + lists.filter { !$0.isEmpty }
    }

    private func tick(
        epoch: Int = 2, nominal: Int = 900, overlap: String = "allow", memory: Int = 10_000, id: String = "j1",
        record text: String = record(), priority: Int = 0, due: Int = 0, now: Int = 1_000
    ) async throws -> String {
        let call = Call(epoch: epoch, nominal: nominal, overlap: overlap, memory: memory, now: now)
        let member = Member(id: id, record: text, priority: priority, due: due)
        return try await tick(call, [member])[0]
    }

    /// - Parameter ran: the newest nominal time that enqueued a job.
    private func meta(_ more: [String: String] = [:], last: Int = 900, ran: Int = 900, enqueued: Int = 1) -> Held {
        .hash(
            ["epoch": "2", "last:bots": "\(last)", "ran:bots": "\(ran)", "enqueued": "\(enqueued)"].merging(more) { $1 }
        )
    }

    /// A record of the history as the script writes it.
    private func told(_ nominal: Int, _ rest: String, first: Int? = nil, count: Int = 1, epoch: Int = 2) -> String {
        #"{"first":\#(first ?? nominal),"nominal":\#(nominal),"count":\#(count),"at":1000,"epoch":\#(epoch),"#
            + #""outcome":\#(rest)}"#
    }

    func history() async throws -> [TickRecord] {
        try await bench.list("history").map { try #require(CompactJSON.value(of: TickRecord.self, in: $0)) }
    }

    @Test func `a tick enqueues its job and is remembered`() async throws {
        #expect(try await tick() == "enqueued")
        try await bench.expect([
            "jobs": .hash(["j1": record()]), "ready": .list(["j1"]), "wake": .list(["1"]), "meta": meta(),
            "ticks": .scores(["bots@900": 900]), "entries": .hash(["l:bots": "j1"]),
            "history": .list([told(900, #""enqueued","jobs":1,"job":"j1""#)]),
        ])
        #expect((1...60_000).contains(try await bench.lifetime(of: "wake")))
    }

    @Test func `priority and due time choose the place`() async throws {
        #expect(try await tick(record: record(priority: 3), priority: 3) == "enqueued")
        #expect(try await tick(nominal: 950, id: "j2", due: 1_001) == "enqueued")
        try await bench.expect([
            "jobs": .hash(["j1": record(priority: 3), "j2": record()]), "ranked": .scores(["j1": -3]),
            "scheduled": .scores(["j2": 1_001]), "wake": .list(["1"]), "meta": meta(last: 950, ran: 950, enqueued: 2),
            "ticks": .scores(["bots@900": 900, "bots@950": 950]), "entries": .hash(["l:bots": "j1 j2"]),
            "history": .list([
                told(950, #""enqueued","jobs":1,"job":"j2","due":1001"#),
                told(900, #""enqueued","jobs":1,"job":"j1""#),
            ]),
        ])
    }

    @Test(arguments: [2, 3])
    func `the second call is a duplicate whoever leads`(_ epoch: Int) async throws {
        _ = try await tick()
        #expect(try await tick(epoch: epoch, id: "j2") == "duplicate")
        try await bench.expect([
            "jobs": .hash(["j1": record()]), "ready": .list(["j1"]), "wake": .list(["1"]),
            "meta": meta(["epoch": "\(epoch)"]), "ticks": .scores(["bots@900": 900]),
            "entries": .hash(["l:bots": "j1"]), "history": .list([told(900, #""enqueued","jobs":1,"job":"j1""#)]),
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
            "meta": meta(["ticks_skipped": "1"], last: 950), "ticks": .scores(["bots@900": 900]),
            "entries": .hash(["l:bots": "j1"]),
            "history": .list([
                told(950, #""skipped","reason":"overlap","jobs":0"#), told(900, #""enqueued","jobs":1,"job":"j1""#),
            ]),
        ])
        #expect(try await tick(nominal: 950, overlap: "skip", id: "j2") == "duplicate")
    }

    @Test(arguments: ["S", "C", "c", "E", "D", nil] as [Character?])
    func `a tick goes on once the job before is over`(_ stateCode: Character?) async throws {
        try await bench.set(["entries": .hash(["l:bots": "j0"])])
        if let stateCode { try await bench.set(["jobs": .hash(["j0": record(stateCode, finished: 5)])]) }
        #expect(try await tick(overlap: "skip") == "enqueued")
    }

    @Test func `ticks may overlap when they are allowed to`() async throws {
        _ = try await tick()
        #expect(try await tick(nominal: 950, id: "j2") == "enqueued")
        #expect(try await bench.redis.send(["LRANGE", "ready", 0, -1]).strings() == ["j1", "j2"])
    }

    @Test func `a run of ticks without jobs is one record`() async throws {
        let call = Call(nominal: 900, first: 700, count: 3, outcome: "skipped", reason: "misfire")
        #expect(try await tick(call, []) == ["skipped", "0"])
        let expected: [String: Held] = [
            "meta": .hash(["epoch": "2", "last:bots": "900", "ticks_skipped": "3"]),
            "history": .list([told(900, #""skipped","reason":"misfire","jobs":0"#, first: 700, count: 3)]),
        ]
        try await bench.expect(expected)
        #expect(try await tick(call, []) == ["duplicate", "0"])
        try await bench.expect(expected)
    }

    @Test func `a job id that exists is not enqueued again by another tick`() async throws {
        try await bench.set(["jobs": .hash(["j1": record("S", finished: 4)])])
        #expect(try await tick() == "duplicate")
        try await bench.expect([
            "jobs": .hash(["j1": record("S", finished: 4)]),
            "meta": .hash(["epoch": "2", "last:bots": "900", "ticks_skipped": "1"]),
            "history": .list([told(900, #""skipped","reason":"exists","jobs":0"#)]),
        ])
    }

    @Test func `ticks are forgotten one by one after their time, and never the newest twenty thousand`() async throws {
        for batch in 0..<20 {
            let pairs = (0..<1_000).flatMap { number -> [RedisWord] in
                let nominal = batch * 1_000 + number + 1
                return [.integer(nominal), .text("other@\(nominal)")]
            }
            _ = try await bench.redis.send(RedisCommand(["ZADD", "ticks"] + pairs))
        }
        func known() async throws -> Int { try await bench.redis.send(["ZCARD", "ticks"]).int() }
        #expect(try await tick(nominal: 100_000, id: "j1", now: 100_000) == "enqueued")
        #expect(try await known() == 20_000)
        #expect(try await tick(nominal: 200_000, id: "j2", now: 200_000) == "enqueued")
        #expect(try await known() == 20_000)
        // A tick that comes while too many are known, and none is old enough.
        #expect(try await tick(nominal: 200_001, memory: 300_000, id: "j3", now: 200_001) == "enqueued")
        #expect(try await known() == 20_001)
        #expect(try await tick(nominal: 100_000, id: "j4", now: 200_002) == "duplicate")
    }

    @Test func `a tick that was enqueued before the clock was corrected is not enqueued again`() async throws {
        _ = try await tick(nominal: 900, id: "j1")
        // The clock went back, and the entry with it; the job is over and forgotten.
        try await bench.set(["meta": .hash(["last:bots": "100"])])
        for key in ["jobs", "ready", "entries", "history", "wake"] {
            _ = try await bench.redis.send(["DEL", .text(key)])
        }
        #expect(try await tick(nominal: 900, id: "j1") == "duplicate")
        try await bench.expect([
            "meta": meta(["ticks_skipped": "1"]), "ticks": .scores(["bots@900": 900]),
            "history": .list([told(900, #""skipped","reason":"exists","jobs":0"#)]),
        ])
    }

    @Test func `a pause that was set while the clock was ahead lasts its length from now on`() async throws {
        try await bench.set(["entries": .hash(["p:bots": "900000 600000 once 300000\nme\nwhy"])])
        #expect(try await tick() == "paused")
        #expect(try await bench.hash("entries")["p:bots"] == "301000 1000 once 300000\nme\nwhy")
        #expect(try await tick(nominal: 950, id: "j2", now: 302_000) == "enqueued")
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
            "links": .hash(["u:k": "0 j1"]), "meta": meta(["ticks_skipped": "1"], last: 950),
            "ticks": .scores(["bots@900": 900]), "entries": .hash(["l:bots": "j1"]),
            "history": .list([
                told(950, #""skipped","reason":"overlap","jobs":0"#), told(900, #""enqueued","jobs":1,"job":"j1""#),
            ]),
        ])
    }

    @Test func `a tick that coalesces is done by the job that waits`() async throws {
        let options = #"{"coalesce":true,"unique":"k"}"#
        try await bench.enqueue("other", record(options: options))
        #expect(try await tick(id: "j2", record: record(options: options, payload: "[2]")) == "enqueued")
        #expect(try await bench.envelope(of: "other").payload == Array("[2]".utf8))
        #expect(try await bench.hash("entries") == ["l:bots": "other"])
        #expect(try await bench.list("ready") == ["other"])
        #expect(try await tick(nominal: 950, overlap: "skip", id: "j3") == "overlap")
    }
}
