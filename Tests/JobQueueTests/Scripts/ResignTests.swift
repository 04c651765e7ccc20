import Redis
import Testing

@testable import JobQueue

/// resign.lua
@Suite struct ResignTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func resign(_ holder: RedisWord) async throws -> RedisValue {
        try await bench.run(Scripts.resign, ["leader", "resigned"], [holder])
    }

    @Test func `the leader gives up once`() async throws {
        try await bench.set(["leader": .text("7 s1 9000"), "epochs": .text("7")])
        #expect(try await resign("s1") == .integer(1))
        #expect(try await resign("s1") == .integer(0))
        try await bench.expect(["epochs": .text("7"), "resigned": .text("7")])
    }

    @Test(arguments: ["s2", "s", "1", "7 s1", "s1 9000", ""])
    func `nobody else can give it up`(_ holder: String) async throws {
        try await bench.set(["leader": .text("7 s1 9000")])
        #expect(try await resign(.text(holder)) == .integer(0))
        try await bench.expect(["leader": .text("7 s1 9000")])
    }
}
