import Redis
import Testing

@testable import JobQueue

/// set_limit.lua and delete_setting.lua
@Suite struct SettingScriptTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    @Test func `a limit keeps its burst until another is given`() async throws {
        #expect(try await bench.run(Scripts.setLimit, ["set"], [5_000_000, 9_000_000, 1_000]) == .integer(1))
        #expect(try await bench.run(Scripts.setLimit, ["set"], [7_000_000, "", 0]) == .integer(1))
        try await bench.expect(["set": .hash(["rate": "7000000", "burst": "9000000", "window": "0"])])
    }

    @Test func `a setting is deleted once`() async throws {
        try await bench.set(["set": .hash(["rate": "1"]), "other": .hash(["rate": "2"])])
        #expect(try await bench.run(Scripts.deleteSetting, ["set"], []) == .integer(1))
        #expect(try await bench.run(Scripts.deleteSetting, ["set"], []) == .integer(0))
        try await bench.expect(["other": .hash(["rate": "2"])])
    }
}
