import Redis
import Testing

@testable import JobQueue

/// drop_completions.lua
@Suite struct DropCompletionsTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func drop(_ notices: String...) async throws -> RedisValue {
        try await bench.run(Scripts.dropCompletions, ["notices"], notices.map { .text($0) })
    }

    @Test func `delivered notices go and later ones stay`() async throws {
        let awkward = "q/\(awkwardID)\t\(awkwardID)\tS\t{\"result\": \"\t\"}"
        try await bench.set(["notices": .list([awkward, "b", "c"])])
        #expect(try await drop(awkward, "b") == .integer(2))
        try await bench.expect(["notices": .list(["c"])])
    }

    @Test func `what another has dropped before is passed over`() async throws {
        try await bench.set(["notices": .list(["b", "c", "d"])])
        #expect(try await drop("a", "b", "c") == .integer(2))
        try await bench.expect(["notices": .list(["d"])])
    }

    @Test func `the second call drops nothing that came since`() async throws {
        try await bench.set(["notices": .list(["a", "b"])])
        #expect(try await drop("a", "b") == .integer(2))
        try await bench.expect([:])
        try await bench.set(["notices": .list(["c", "a"])])
        #expect(try await drop("a", "b") == .integer(0))
        try await bench.expect(["notices": .list(["c", "a"])])
    }
}
