import Redis
import TestSupport
import Testing

@testable import Exchange

/// take_paper_fault.lua
@Suite struct TakePaperFaultTests {
    private static let script = RedisScript(
        name: "take_paper_fault", source: String(decoding: PackageResources.take_paper_fault_lua, as: UTF8.self))

    let bench: PaperScriptBench

    init() async throws { bench = try await PaperScriptBench() }

    private func take(_ candidates: String...) async throws -> String? {
        try await bench.redis.run(Self.script, keys: ["faults"], arguments: candidates.map { .text($0) })
            .optionalString(of: "take_paper_fault")
    }

    @Test func `a fault that is armed several times is counted down and the others stay`() async throws {
        try await bench.set(["faults": ["rate_limit": "3", "stale_book": "1"]])
        #expect(try await take("rate_limit") == "rate_limit")
        try await bench.expect(["faults": ["rate_limit": "2", "stale_book": "1"]])
    }

    @Test func `the last time leaves nothing behind`() async throws {
        try await bench.set(["faults": ["rate_limit": "1"]])
        #expect(try await take("rate_limit") == "rate_limit")
        try await bench.expect([:])
    }

    @Test func `the second call finds a fault that was armed once used up`() async throws {
        try await bench.set(["faults": ["rate_limit": "1", "stale_book": "1"]])
        #expect(try await take("rate_limit") == "rate_limit")
        #expect(try await take("rate_limit") == nil)
        try await bench.expect(["faults": ["stale_book": "1"]])
    }

    @Test func `the preferred fault strikes first and one call uses up one`() async throws {
        try await bench.set(["faults": ["rate_limit": "1", "server_error": "1"]])
        #expect(try await take("drop_response", "server_error", "rate_limit") == "server_error")
        try await bench.expect(["faults": ["rate_limit": "1"]])
        #expect(try await take("drop_response", "server_error", "rate_limit") == "rate_limit")
        try await bench.expect([:])
    }

    @Test func `a fault that does not fit the request waits`() async throws {
        try await bench.set(["faults": ["stale_book": "1"]])
        #expect(try await take("rate_limit", "server_error") == nil)
        try await bench.expect(["faults": ["stale_book": "1"]])
    }

    @Test func `when none was ever armed none strikes and nothing is written`() async throws {
        #expect(try await take("rate_limit", "server_error") == nil)
        try await bench.expect([:])
    }

    @Test func `a request without candidates uses up nothing`() async throws {
        try await bench.set(["faults": ["rate_limit": "1"]])
        #expect(try await take() == nil)
        try await bench.expect(["faults": ["rate_limit": "1"]])
    }

    @Test(arguments: ["0", "-1"])
    func `a count that is not positive is passed over`(_ count: String) async throws {
        try await bench.set(["faults": ["rate_limit": count, "server_error": "2"]])
        #expect(try await take("rate_limit", "server_error") == "server_error")
        try await bench.expect(["faults": ["rate_limit": count, "server_error": "1"]])
    }

    @Test func `no more than five candidates are looked at`() async throws {
        try await bench.set(["faults": ["e": "1", "f": "1"]])
        #expect(try await take("a", "b", "c", "d", "e", "f") == "e")
        #expect(try await take("a", "b", "c", "d", "e", "f") == nil)
        try await bench.expect(["faults": ["f": "1"]])
    }

    @Test func `of twenty requests at once exactly as many meet the fault as it was armed for`() async throws {
        try await bench.set(["faults": ["rate_limit": "3"]])
        let struck = try await withThrowingTaskGroup { group in
            for _ in 0..<20 { group.addTask { try await take("rate_limit") } }
            return try await group.reduce(into: [String]()) { if let fault = $1 { $0.append(fault) } }
        }
        #expect(struck == ["rate_limit", "rate_limit", "rate_limit"])
        try await bench.expect([:])
    }
}
