import Redis
import Testing

@testable import JobQueue

/// pause_entry.lua and rename_entry.lua
@Suite struct EntryScriptTests {
    let bench: ScriptBench

    init() async throws { bench = try await ScriptBench() }

    private func pause(_ verb: RedisWord, _ third: RedisWord = "0", now: Int = 1_000) async throws -> String? {
        try await bench.run(
            Scripts.pauseEntry, ["entries"], ["bots", verb, third, .integer(now), "once", "me\nwhy"]
        ).optionalString()
    }

    @Test func `a pause is stored with its end, its start and its author`() async throws {
        #expect(try await pause("pause", "5000") == nil)
        try await bench.expect(["entries": .hash(["p:bots": "5000 1000 once 4000\nme\nwhy"])])
        let text = try #require(try await pause("resume"))
        let stored = try #require(EntryPause(name: "bots", text: text))
        #expect(stored.until == 5_000 && stored.since == 1_000 && stored.catchUp == .once)
        #expect(stored.author == "me" && stored.reason == "why")
        #expect(stored.holds(at: 4_999) && !stored.holds(at: 5_000))
        // Set while the clock was ahead, it lasts its length from now on.
        #expect(stored.end(at: 1_500) == 5_000 && stored.end(at: 100) == 4_100)
        try await bench.expect([:])
        #expect(try await pause("resume") == nil)
    }

    @Test func `who pauses again keeps the start while the pause holds`() async throws {
        _ = try await pause("pause", "5000")
        _ = try await pause("pause", "9000", now: 2_000)
        #expect(try await bench.hash("entries")["p:bots"] == "9000 1000 once 7000\nme\nwhy")
        _ = try await pause("pause", "0", now: 9_000)
        #expect(try await bench.hash("entries")["p:bots"] == "0 9000 once\nme\nwhy")
    }

    @Test func `only the pause that was seen is ended, and failures start anew`() async throws {
        _ = try await pause("pause", "5000")
        try await bench.set(["entries": .hash(["f:bots": "4", "p:bots": "5000 1000 once\nme\nwhy"])])
        #expect(try await pause("end", "5000 999 once\nme\nwhy") == nil)
        #expect(try await bench.hash("entries").count == 2)
        #expect(try await pause("end", "5000 1000 once\nme\nwhy") != nil)
        try await bench.expect([:])
    }

    private func carry(
        _ old: RedisWord = "old", to new: RedisWord = "new", epoch: Int = 2, entries: String = "entries"
    ) async throws -> Int {
        try await bench.run(
            Scripts.renameEntry,
            ["meta", "entries", "history:old", entries == "entries" ? "meta" : "meta2", entries, "history:new"],
            [.integer(epoch), old, new]
        ).int()
    }

    private static let known: [String: Held] = [
        "meta": .hash(["epoch": "2", "last:old": "900", "ran:old": "800"]),
        "entries": .hash([
            "p:old": "0 1 skip\nme\nwhy", "p:old#7": "0 2 skip\nme\nwhy", "f:old#7": "3", "l:old": "j1", "e:old": "7",
            "p:older": "0 3 skip\nme\nwhy",
        ]),
        "history:old": .list(["{}"]),
    ]

    @Test func `a new name gets last tick, last run, history, pauses, failures and live jobs`() async throws {
        try await bench.set(Self.known)
        #expect(try await carry() == 8)
        let expected: [String: Held] = [
            "meta": .hash([
                "epoch": "2", "last:old": "900", "last:new": "900", "ran:old": "800", "ran:new": "800",
            ]),
            "entries": .hash([
                "p:new": "0 1 skip\nme\nwhy", "p:new#7": "0 2 skip\nme\nwhy", "f:new#7": "3", "l:new": "j1",
                "e:new": "7", "p:older": "0 3 skip\nme\nwhy",
            ]),
            "history:new": .list(["{}"]),
        ]
        try await bench.expect(expected)
        #expect(try await carry() == 0)
        try await bench.expect(expected)
    }

    @Test func `into another queue everything goes but the jobs of the old one`() async throws {
        try await bench.set(Self.known)
        #expect(try await carry(entries: "entries2") == 8)
        #expect(try await bench.hash("entries") == ["p:older": "0 3 skip\nme\nwhy"])
        #expect(Set(try await bench.hash("entries2").keys) == ["p:new", "p:new#7", "f:new#7", "e:new"])
        #expect(try await bench.hash("meta2") == ["last:new": "900", "ran:new": "800"])
    }

    @Test func `what the new name has already stays`() async throws {
        try await bench.set(Self.known)
        _ = try await bench.redis.send(["HSET", "entries", "p:new", "0 9 skip\nyou\nmine"])
        _ = try await bench.redis.send(["HSET", "meta", "last:new", "950"])
        _ = try await carry()
        #expect(try await bench.hash("entries")["p:new"] == "0 9 skip\nyou\nmine")
        #expect(try await bench.hash("meta")["last:new"] == "950")
    }

    @Test func `a scheduler that leads no more carries nothing`() async throws {
        try await bench.set(Self.known)
        #expect(try await carry(epoch: 1) == -1)
        try await bench.expect(Self.known)
    }
}
