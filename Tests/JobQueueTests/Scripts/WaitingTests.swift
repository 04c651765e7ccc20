import Redis
import Testing

@testable import JobQueue

/// acknowledge.lua with a job that goes on to wait for its children.
@Suite struct WaitingTests {
    let bench: ScriptBench
    private let waiting = record("W", started: 900, worker: "w1", outcome: #"{"result":7}"#)
    private let member = "batch 000000000001 p"
    private let child = record(options: #"{"batch":"q/p","parent":"p"}"#)

    init() async throws { bench = try await ScriptBench() }

    /// - Parameter children: id and record of each; those of `x` go to another queue.
    private func acknowledge(
        fence: Int = 3, plan: String = "q fail", then: String = "", _ children: [(String, String)], x: Set<String> = [],
        record final: String? = nil
    ) async throws -> RedisValue {
        let words = children.flatMap { id, record -> [RedisWord] in
            let isOther = x.contains(id)
            return [1, isOther ? 2 : 1, isOther ? "x" : "q", .text(id), .text(record), 0, 0]
        }
        return try await bench.run(
            Scripts.acknowledge,
            ScriptBench.block + ["running", "batch"] + ScriptBench.block + ScriptBench.block.map { "x-\($0)" },
            [
                85_000, 100, 1, "p", .integer(fence), .text(final ?? waiting), "waiting", .text(plan), .text(then),
                .integer(children.count),
            ] + words)
    }

    private func run(_ jobs: [String: String] = [:]) async throws {
        try await bench.set([
            "running": .hash(["p": "3 900"]), "jobs": .hash(["p": record()].merging(jobs) { $1 }),
        ])
    }

    @Test func `a job waits aside for children in two queues and is not counted yet`() async throws {
        try await run()
        let children = [("a", child), (awkwardID, child), ("a", child)]
        #expect(try await acknowledge(then: "{...}", children, x: [awkwardID]) == integers(1))
        let expected: [String: Held] = [
            "jobs": .hash(["p": waiting, "a": child]), "ready": .list(["a"]), "aside": .scores([member: 0]),
            "links": .hash(["#seq": "1", "a:p": member]), "meta": .hash(["enqueued": "1"]), "wake": .list(["1"]),
            "batch": .hash(["#plan": "q fail", "#then": "{...}", "#left": "2", "q/a": "", "x/\(awkwardID)": ""]),
            "x-jobs": .hash([awkwardID: child]), "x-ready": .list([awkwardID]), "x-meta": .hash(["enqueued": "1"]),
            "x-wake": .list(["1"]),
        ]
        try await bench.expect(expected)
        #expect(try await acknowledge(children) == integers(0))
        try await bench.expect(expected)
    }

    @Test(arguments: [2, 4, 33])
    func `a stale fence changes nothing`(_ fence: Int) async throws {
        try await run()
        let before = try await Held.all(of: bench.redis)
        #expect(try await acknowledge(fence: fence, [("a", child)]) == integers(0))
        try await bench.expect(before)
    }

    @Test(arguments: [("S", "S"), ("C", "C"), ("E", "E"), ("D", "D"), ("c", "C")])
    func `a child that is over counts as it ended`(_ stateCode: String, _ noted: String) async throws {
        try await run(["a": record(Character(stateCode), finished: 5, outcome: #"{"result":3}"#)])
        #expect(try await acknowledge([("a", child), ("b", child)]) == integers(1))
        #expect(
            try await bench.hash("batch") == [
                "#plan": "q fail", "#then": "", "#left": "1", "q/a": "\(noted)\t{\"result\":3}", "q/b": "",
            ])
        #expect(try await bench.list("notices") == [])
    }

    @Test func `when all children are over the job leaves a notice to itself`() async throws {
        try await run(["a": record("S", finished: 5), "b": record("S", finished: 5)])
        #expect(try await acknowledge([("a", child), ("b", child)]) == integers(1))
        #expect(try await bench.hash("batch")["#left"] == "0")
        #expect(try await bench.list("notices") == ["q/p\t\t\t"])
    }

    @Test func `a child of the same parent that was there before is waited for`() async throws {
        try await run(["a": child])
        #expect(try await acknowledge([("a", child)]) == integers(1))
        #expect(try await bench.hash("batch") == ["#plan": "q fail", "#then": "", "#left": "1", "q/a": ""])
    }

    /// Among them a job that waits for this one: it would wait for ever.
    @Test(arguments: [
        record(), record(options: #"{"batch":"q/other"}"#), record("W"), record("W", options: #"{"depth":1}"#),
    ])
    func `a living job that reports to another counts as failed`(_ there: String) async throws {
        try await run(["a": there])
        #expect(try await acknowledge([("a", child)]) == integers(1))
        #expect(try await bench.hash("batch")["#left"] == "0")
        let outcome = try #require(try await bench.hash("batch")["q/a"])
        #expect(outcome.hasPrefix("D\t"))
        #expect(JobFailure(outcome: String(outcome.dropFirst(2)))?.type == "not-a-child")
        #expect(try await bench.list("notices") == ["q/p\t\t\t"])
        #expect(try await bench.hash("jobs")["a"] == there)
    }

    @Test func `a child whose unique key is held is waited for in its holder or not at all`() async throws {
        let unique = #"{"batch":"q/p","coalesce":true,"unique":"k"}"#
        try await run(["h": record(options: #"{"coalesce":true,"unique":"k"}"#)])
        try await bench.set(["links": .hash(["u:k": "0 h"])])
        #expect(try await acknowledge([("a", record(options: unique))]) == integers(1))
        #expect(try await bench.hash("batch") == ["#plan": "q fail", "#then": "", "#left": "1", "q/h": ""])
        #expect(try await bench.envelope(of: "h").options == unique)
    }

    @Test func `a child whose key is held by its own parent counts as failed`() async throws {
        let final = record("W", started: 900, worker: "w1", options: #"{"unique":"k"}"#)
        try await run(["p": record(options: #"{"unique":"k"}"#)])
        try await bench.set(["links": .hash(["u:k": "0 p r"])])
        let answer = try await acknowledge([("a", record(options: #"{"batch":"q/p","unique":"k"}"#))], record: final)
        #expect(answer == integers(1))
        #expect(try await bench.hash("links") == ["#seq": "1", "a:p": member, "u:k": "0 p"])
        #expect(try await bench.hash("batch")["q/p"]?.hasPrefix("D\t") == true)
        #expect(try await bench.list("notices") == ["q/p\t\t\t"])
    }

    @Test func `a waiting job lets the next of its concurrency key run`() async throws {
        let capped = record(options: #"{"cap":"k"}"#)
        let held = "cap=k 000000000001 n"
        try await run(["p": capped, "n": capped])
        try await bench.set(["aside": .scores([held: 0]), "links": .hash(["#seq": "1", "c:k": "p", "a:n": held])])
        let final = record("W", started: 900, worker: "w1", options: #"{"cap":"k"}"#)
        #expect(try await acknowledge([("a", child)], record: final) == integers(1))
        #expect(try await bench.list("ready") == ["n", "a"])
        #expect(try await bench.hash("links") == ["#seq": "2", "a:p": "batch 000000000002 p", "n:k": "n"])
    }

    @Test func `a waiting job that is cancelled forgets its batch`() async throws {
        try await run()
        _ = try await acknowledge([("a", child)])
        try await bench.cancel("p")
        try await bench.expect([
            "jobs": .hash([
                "p": record("C", started: 900, finished: 2_000, worker: "w1", outcome: #"{"result":7}"#), "a": child,
            ]),
            "done": .list(["p"]), "ready": .list(["a"]), "wake": .list(["1"]), "links": .hash(["#seq": "1"]),
            "meta": .hash(["enqueued": "1", "cancelled": "1"]),
        ])
    }

    @Test(arguments: Departure.ends)
    func `every end of a child leaves one notice`(_ end: Departure) async throws {
        try await bench.lease()
        try await bench.enqueue("a", child)
        try await bench.fetch()
        try await end.take("a", options: #"{"batch":"q/p"}"#, on: bench)
        let notices = try await bench.list("notices")
        #expect(notices.count == 1)
        let stateCode = [Departure.succeeded: "S", .cancelled: "C", .expired: "E"][end] ?? "D"
        #expect(notices.first?.hasPrefix("q/p\ta\t\(stateCode)\t") == true)
    }

    @Test(arguments: [false, true])
    func `a child that is cancelled in line or purged leaves a notice`(_ isPurged: Bool) async throws {
        try await bench.enqueue("a", child)
        if isPurged { try await bench.purge() } else { try await bench.cancel("a") }
        #expect(try await bench.list("notices") == ["q/p\ta\tC\t"])
    }

    @Test(arguments: Departure.returns)
    func `a child that comes back leaves no notice`(_ way: Departure) async throws {
        try await bench.lease()
        try await bench.enqueue("a", child)
        try await bench.fetch()
        try await way.take("a", options: #"{"batch":"q/p"}"#, on: bench)
        #expect(try await bench.list("notices") == [])
    }
}
