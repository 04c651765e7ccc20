import Redis
import Testing

@testable import JobQueue

/// replace_dead.lua
@Suite struct ReplaceDeadTests {
    let bench: ScriptBench
    private let dead = record("D", attempts: 3, finished: 700, options: #"{"unique":"k"}"#, outcome: #"{"error":{}}"#)
    private let new = record(options: #"{"origin":"a","unique":"k"}"#, payload: awkwardPayload)

    init() async throws { bench = try await ScriptBench() }

    private func replace(
        _ id: String = "a", with new: String = "b", record text: String? = nil, priority: Int = 0, due: Int = 0,
        into queue: String = ""
    ) async throws -> RedisValue {
        try await bench.run(
            Scripts.replaceDead, ScriptBench.block + ScriptBench.block.map { queue + $0 },
            [1_000, .text(id), .text(new), .text(text ?? self.new), .integer(priority), .integer(due)])
    }

    private func replaced(by id: String) -> String {
        record(
            "C", attempts: 3, finished: 1_000, options: #"{"unique":"k"}"#,
            events: #"{"at":1000,"event":"replaced","detail":"by \#(id)"}"#, outcome: #"{"error":{}}"#)
    }

    @Test func `the new job stands in line and the dead one is finished with its name`() async throws {
        try await bench.set(["jobs": .hash(["a": dead]), "dead": .scores(["a": 700, "z": 1]), "ready": .list(["r"])])
        #expect(try await replace(with: awkwardID) == .integer(1))
        let expected: [String: Held] = [
            "jobs": .hash(["a": replaced(by: awkwardID), awkwardID: new]), "dead": .scores(["z": 1]),
            "done": .list(["a"]), "ready": .list(["r", awkwardID]), "links": .hash(["u:k": "0 \(awkwardID)"]),
            "meta": .hash(["enqueued": "1", "requeued": "1", "cancelled": "1"]), "wake": .list(["1"]),
        ]
        try await bench.expect(expected)
        #expect(try await replace(with: awkwardID) == .integer(0))
        #expect(try await replace(with: "c") == .integer(0))
        try await bench.expect(expected)
    }

    @Test func `the new job can go to another queue, by its priority and time`() async throws {
        try await bench.set(["jobs": .hash(["a": dead, "b": dead]), "dead": .scores(["a": 700, "b": 700])])
        let high = record(priority: 7)
        #expect(try await replace(record: high, priority: 7, into: "x-") == .integer(1))
        #expect(try await replace("b", with: "c", record: record(), due: 1_001, into: "x-") == .integer(1))
        try await bench.expect([
            "jobs": .hash(["a": replaced(by: "b"), "b": replaced(by: "c")]), "done": .list(["b", "a"]),
            "meta": .hash(["requeued": "2", "cancelled": "2"]), "x-jobs": .hash(["b": high, "c": record()]),
            "x-ranked": .scores(["b": -7]), "x-scheduled": .scores(["c": 1_001]), "x-meta": .hash(["enqueued": "2"]),
            "x-wake": .list(["1", "1"]),
        ])
    }

    @Test(arguments: ["w", "S", "C"] as [Character])
    func `a job that is not dead is not replaced`(_ stateCode: Character) async throws {
        let before: [String: Held] = ["jobs": .hash(["a": record(stateCode)]), "ready": .list(["a"])]
        try await bench.set(before)
        #expect(try await replace() == .integer(0))
        #expect(try await replace("nobody") == .integer(0))
        try await bench.expect(before)
    }

    @Test func `an id that is taken changes nothing`() async throws {
        let before: [String: Held] = [
            "jobs": .hash(["a": dead, "b": record("S", finished: 5)]), "dead": .scores(["a": 700]),
            "links": .hash(["u:k": "9000 a"]),
        ]
        try await bench.set(before)
        #expect(try await replace() == word("b"))
        #expect(try await replace(with: "a") == word("a"))
        try await bench.expect(before)
    }

    @Test(arguments: [#"{"unique":"k"}"#, #"{"coalesce":true,"unique":"k"}"#])
    func `a unique key that another job holds changes nothing`(_ options: String) async throws {
        let before: [String: Held] = [
            "jobs": .hash(["a": dead, "holder": record(options: options)]), "dead": .scores(["a": 700]),
            "ready": .list(["holder"]), "links": .hash(["u:k": "0 holder"]),
        ]
        try await bench.set(before)
        #expect(try await replace(record: record(options: options)) == word("holder"))
        try await bench.expect(before)
    }

    @Test func `a key that the dead job keeps until its time goes over to the new one`() async throws {
        try await bench.set([
            "jobs": .hash(["a": dead]), "dead": .scores(["a": 700]), "links": .hash(["u:k": "9000 a r"]),
        ])
        #expect(try await replace() == .integer(1))
        #expect(try await bench.hash("links") == ["u:k": "0 b"])
    }
}
