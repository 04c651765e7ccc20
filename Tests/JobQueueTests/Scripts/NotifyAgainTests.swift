import Redis
import Testing

@testable import JobQueue

/// notify_again.lua
@Suite struct NotifyAgainTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func callAgain() async throws -> RedisValue {
        try await bench.run(Scripts.notifyAgain, ScriptBench.block, [])
    }

    @Test func `nobody is called for an empty line, or where a call waits to be heard`() async throws {
        #expect(try await callAgain() == .integer(0))
        try await bench.expect([:])
        let called: [String: Held] = ["ready": .list(["a"]), "wake": .list(["1"])]
        try await bench.set(called)
        #expect(try await callAgain() == .integer(0))
        try await bench.expect(called)
    }

    @Test(arguments: [["ready": Held.list(["a"])], ["ranked": .scores(["a": -3])]])
    func `one is called for jobs that no call stands for`(_ line: [String: Held]) async throws {
        try await bench.set(line)
        #expect(try await callAgain() == .integer(1))
        try await bench.expect(line.merging(["wake": .list(["1"])]) { $1 })
        #expect((1...60_000).contains(try await bench.lifetime(of: "wake")))
        #expect(try await callAgain() == .integer(0))
    }
}
