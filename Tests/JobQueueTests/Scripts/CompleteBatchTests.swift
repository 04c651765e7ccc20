import Redis
import Testing

@testable import JobQueue

/// complete_batch.lua
@Suite struct CompleteBatchTests {
    let bench: ScriptBench
    private let parent = record(
        "W", started: 900, worker: "w1", outcome: #"{"result":[1,2]}"#, payload: awkwardPayload)
    private let aside = "batch 000000000001 p"

    init() async throws { bench = try await ScriptBench() }

    /// A job `p` that waits.
    private func wait(for children: [String: String], left: Int, plan: String = "q fail") async throws {
        try await bench.set([
            "jobs": .hash(["p": parent]), "aside": .scores([aside: 0]),
            "links": .hash(["#seq": "1", "a:p": aside]),
            "batch": .hash(["#plan": plan, "#then": "", "#left": "\(left)"].merging(children) { $1 }),
        ])
    }

    private func notify(
        _ child: String, _ stateCode: String = "S", _ outcome: String = "", keep: Int = 100,
        then: (id: String, record: String, priority: Int, due: Int)? = nil, of parent: String = "p"
    ) async throws -> String {
        let follow: [RedisWord] =
            then.map { [.text($0.id), .text($0.record), .integer($0.priority), .integer($0.due)] } ?? ["", "", 0, 0]
        return try await bench.run(
            Scripts.completeBatch,
            ScriptBench.block + ["batch"] + (then == nil ? [] : ScriptBench.block.map { "x-\($0)" }),
            [85_000, .text(parent), .text(child), .text(stateCode), .text(outcome), .integer(keep)] + follow
        ).string()
    }

    private func completed(_ result: String) -> String {
        record(
            "S", started: 900, finished: 85_000, worker: "w1", outcome: #"{"result":\#(result)}"#,
            payload: awkwardPayload)
    }

    @Test func `a child that is not the last is noted`() async throws {
        try await wait(for: ["q/a": "", "q/b": ""], left: 2)
        #expect(try await notify("q/a", "S", #"{"result":7}"#) == "noted")
        try await bench.expect([
            "jobs": .hash(["p": parent]), "aside": .scores([aside: 0]), "links": .hash(["#seq": "1", "a:p": aside]),
            "batch": .hash([
                "#plan": "q fail", "#then": "", "#left": "1", "q/a": "S\t{\"result\":7}", "q/b": "",
            ]),
        ])
    }

    @Test func `the last child completes the job with all results`() async throws {
        try await wait(for: ["q/b": "S\t", "x/\(awkwardID)": "S\t{\"result\":\"\t\"}", "q/a": ""], left: 1)
        try await bench.set(["done": .list(["old"])])
        #expect(try await notify("q/a", "S", #"{"result":{"n":1}}"#) == "succeeded")
        let result =
            #"{"own":[1,2],"children":{"a":{"n":1},"b":null,"\#(awkwardID)":"\#("\t")"},"failed":{}}"#
        let expected: [String: Held] = [
            "jobs": .hash(["p": completed(result)]), "links": .hash(["#seq": "1"]), "done": .list(["p", "old"]),
            "meta": .hash(["succeeded": "1", "window:0": "8 1 0"]),
        ]
        try await bench.expect(expected)
        #expect(try await notify("q/a", "S", #"{"result":{"n":1}}"#) == "gone")
        try await bench.expect(expected)
    }

    @Test func `a notice that comes twice counts once`() async throws {
        try await wait(for: ["q/a": "", "q/b": ""], left: 2)
        #expect(try await notify("q/a") == "noted")
        #expect(try await notify("q/a") == "noted")
        #expect(try await bench.hash("batch")["#left"] == "1")
        #expect(try await notify("q/b") == "succeeded")
    }

    @Test func `a child that nobody waits for is passed over`() async throws {
        try await wait(for: ["q/a": ""], left: 1)
        let before = try await Held.all(of: bench.redis)
        for child in ["q/b", "x/a"] {
            #expect(try await notify(child) == "noted")
        }
        #expect(try await notify("") == "noted")
        try await bench.expect(before)
    }

    @Test func `nobody waits without a batch`() async throws {
        #expect(try await notify("q/a") == "gone")
        try await bench.expect([:])
        try await bench.set(["jobs": .hash(["p": record("S", finished: 5)])])
        #expect(try await notify("q/a") == "gone")
    }

    @Test(arguments: [("C", "cancelled"), ("E", "expired"), ("D", "dead"), ("", "missing")])
    func `a child that failed fails the job that waits`(_ stateCode: String, _ word: String) async throws {
        try await wait(for: ["q/b": "S\t{\"result\":1}", "q/c": "\(stateCode)\t", "q/a": ""], left: 1)
        #expect(try await notify("q/a", "S") == "dead")
        let message = "1 of 3 children failed; the first is c"
        let final = record(
            "D", started: 900, finished: 85_000, worker: "w1",
            events: #"{"at":85000,"event":"dead","detail":"\#(message)"}"#,
            outcome: #"{"error":{"type":"child-failed","message":"\#(message)","fingerprint":"child-failed","#
                + #""at":85000}}"#,
            payload: awkwardPayload)
        try await bench.expect([
            "jobs": .hash(["p": final]), "dead": .scores(["p": 85_000]), "links": .hash(["#seq": "1"]),
            "meta": .hash(["died": "1", "window:0": "8 0 1"]),
        ])
        let envelope = try await bench.envelope(of: "p")
        #expect(JobFailure(outcome: envelope.outcome)?.message == message)
    }

    @Test(arguments: [("C", "cancelled"), ("E", "expired"), ("D", "dead")])
    func `a job that goes on tells which children failed`(_ stateCode: String, _ word: String) async throws {
        try await wait(for: ["q/b": "S\t{\"result\":1}", "q/a": ""], left: 1, plan: "q go-on")
        #expect(try await notify("q/a", stateCode, #"{"error":{"type":"t"}}"#) == "succeeded")
        let result = #"{"own":[1,2],"children":{"b":1},"failed":{"a":{"state":"\#(word)","error":{"type":"t"}}}}"#
        try await bench.expect([
            "jobs": .hash(["p": completed(result)]), "links": .hash(["#seq": "1"]), "done": .list(["p"]),
            "meta": .hash(["succeeded": "1", "window:0": "8 1 0"]),
        ])
    }

    @Test func `a child that was dead and has succeeded since counts as succeeded`() async throws {
        try await wait(for: ["q/a": "D\t{\"error\":{}}", "q/b": ""], left: 1)
        #expect(try await notify("q/a", "S", #"{"result":3}"#) == "noted")
        #expect(try await notify("q/b", "S", #"{"result":4}"#) == "succeeded")
        #expect(try await bench.envelope(of: "p").outcome.contains(#""children":{"a":3,"b":4}"#))
    }

    @Test func `a batch of which no child will report is completed by a notice of its own`() async throws {
        try await wait(for: ["q/a": "S\t{\"result\":3}"], left: 0)
        #expect(try await notify("", "") == "succeeded")
        let result = #"{"own":[1,2],"children":{"a":3},"failed":{}}"#
        #expect(try await bench.hash("jobs") == ["p": completed(result)])
        #expect(try await notify("", "") == "gone")
    }

    @Test func `results that are too large together are left out`() async throws {
        try await wait(
            for: ["q/a": "S\t{\"result\":\"\(String(repeating: "x", count: 65_530))\"}", "q/b": ""], left: 1)
        #expect(try await notify("q/b", "S", #"{"result":"last"}"#) == "succeeded")
        #expect(try await bench.envelope(of: "p").outcome.hasSuffix(#"x","b":null},"failed":{},"truncated":true}}"#))
    }

    @Test func `the follow-up is enqueued once, by its priority and time`() async throws {
        for (due, priority) in [(0, 4), (90_000, 0)] {
            _ = try await bench.redis.send(["FLUSHDB"])
            try await wait(for: ["q/a": "", "q/b": ""], left: 2)
            let then = (id: awkwardID, record: record(priority: priority), priority: priority, due: due)
            #expect(try await notify("q/a", then: then) == "noted")
            #expect(try await bench.hash("x-jobs").isEmpty)
            #expect(try await notify("q/b", then: then) == "succeeded")
            #expect(try await notify("q/b", then: then) == "gone")
            let found = try await Held.all(of: bench.redis)
            #expect(found["x-jobs"] == .hash([awkwardID: then.record]))
            #expect(found["x-ranked"] == (due == 0 ? .scores([awkwardID: -4]) : nil))
            #expect(found["x-scheduled"] == (due == 0 ? nil : .scores([awkwardID: 90_000])))
            #expect(found["x-meta"] == .hash(["enqueued": "1"]))
            #expect(found["x-wake"] == .list(["1"]))
        }
    }

    @Test func `a follow-up that exists is left as it is`() async throws {
        try await wait(for: ["q/a": ""], left: 1)
        let before: Held = .hash(["f": record("S", finished: 5)])
        try await bench.set(["x-jobs": before])
        #expect(try await notify("q/a", then: (id: "f", record: record(), priority: 0, due: 0)) == "succeeded")
        let found = try await Held.all(of: bench.redis)
        #expect(found["x-jobs"] == before && found["x-ready"] == nil && found["x-meta"] == nil)
    }

    @Test func `a job that fails has no follow-up`() async throws {
        try await wait(for: ["q/a": ""], left: 1)
        #expect(try await notify("q/a", "D", then: (id: "f", record: record(), priority: 0, due: 0)) == "dead")
        #expect(try await bench.hash("x-jobs").isEmpty)
    }

    @Test func `a job that is over gives up its unique key and tells its own parent`() async throws {
        try await wait(for: ["q/a": ""], left: 1)
        let options = #"{"batch":"q/grand","unique":"k"}"#
        let child = record("W", started: 900, worker: "w1", options: options)
        _ = try await bench.redis.send(["HSET", "jobs", "p", .text(child)])
        _ = try await bench.redis.send(["HSET", "links", "u:k", "0 p"])
        #expect(try await notify("q/a", "S", #"{"result":7}"#) == "succeeded")
        let result = #"{"result":{"own":null,"children":{"a":7},"failed":{}}}"#
        #expect(try await bench.list("notices") == ["q/grand\tp\tS\t\(result)"])
        #expect(try await bench.hash("links") == ["#seq": "1"])
    }

    @Test func `the oldest finished jobs are forgotten above the limit`() async throws {
        try await wait(for: ["q/a": ""], left: 1)
        try await bench.set(["done": .list(["n", "o"])])
        _ = try await bench.redis.send(["HSET", "jobs", "n", .text(record("S")), "o", .text(record("S"))])
        #expect(try await notify("q/a", keep: 2) == "succeeded")
        #expect(try await bench.list("done") == ["p", "n"])
        #expect(try await bench.hash("jobs").keys.sorted() == ["n", "p"])
    }

    @Test func `a batch whose job waits no more is removed and the job stays where it is`() async throws {
        try await wait(for: ["q/a": ""], left: 1)
        let parked = "kind=x@1 000000000001 p"
        _ = try await bench.redis.send(["HSET", "jobs", "p", .text(record())])
        _ = try await bench.redis.send(["DEL", "aside"])
        try await bench.set(["aside": .scores([parked: 0]), "links": .hash(["a:p": parked])])
        #expect(try await notify("q/a") == "gone")
        try await bench.expect([
            "jobs": .hash(["p": record()]), "aside": .scores([parked: 0]),
            "links": .hash(["#seq": "1", "a:p": parked]),
        ])
    }
}
