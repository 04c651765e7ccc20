import CeleryBridge
import Testing

/// Workflows as Celery 5.3.4, 5.6.3 and 5.7.0 publish them, run to their end in any order.
struct CanvasTests {
    private static func run(_ canvas: WireValue, copies: Int = 1, seed: UInt64) throws -> (PlannedFleet, WireObject) {
        let canvas = try #require(canvas.object)
        var keys: [String: String] = [:]
        for (key, value) in canvas["keys"]?.object?.members ?? [] { keys[key] = value.string }
        let messages = canvas["messages"]?.list?.compactMap(\.string) ?? []
        var fleet = PlannedFleet(messages, keys: keys, copies: copies, random: SeededRandom(state: seed))
        try fleet.run()
        return (fleet, canvas)
    }

    /// Results in the structure of the ids that the client waits for.
    private static func value(_ ids: WireValue, _ fleet: PlannedFleet) -> WireValue {
        if let list = ids.list { return .list(list.map { value($0, fleet) }) }
        guard let result = fleet.results[ids.string ?? ""] else { return .text("PENDING") }
        return result["status"] == .text("SUCCESS") ? result["result"] ?? .null : result["status"] ?? .null
    }

    private static func failures(_ ids: WireValue, _ fleet: PlannedFleet) -> [WireValue] {
        if let list = ids.list { return list.flatMap { failures($0, fleet) } }
        return [value(ids, fleet)]
    }

    @Test(arguments: 1...4) func `each workflow gives the value that Celery gives`(_ seed: UInt64) throws {
        for (name, recorded) in try Captures.file("canvases").members where !name.contains(" fail-") {
            let (fleet, canvas) = try Self.run(recorded, seed: seed)
            #expect(Self.value(canvas["ids"] ?? .null, fleet) == canvas["expected"], "\(name)")
            #expect(fleet.published.values.allSatisfy { $0 == 1 }, "\(name)")
            #expect(fleet.chordsDone.values.allSatisfy { $0 == 1 }, "\(name)")
        }
    }

    @Test(arguments: 1...4) func `each workflow with a failure in it fails for whoever waits`(_ seed: UInt64) throws {
        for (name, recorded) in try Captures.file("canvases").members where name.contains(" fail-") {
            let (fleet, canvas) = try Self.run(recorded, seed: seed)
            let failures = Self.failures(canvas["ids"] ?? .null, fleet)
            #expect(failures.allSatisfy { $0 == .text("FAILURE") } && !failures.isEmpty, "\(name) \(failures)")
        }
    }

    @Test func `messages that come twice publish nothing twice`() throws {
        for (name, recorded) in try Captures.file("canvases").members {
            let (fleet, canvas) = try Self.run(recorded, copies: 2, seed: 5)
            if !name.contains(" fail-") {
                #expect(Self.value(canvas["ids"] ?? .null, fleet) == canvas["expected"], "\(name)")
            }
            #expect(fleet.published.values.allSatisfy { $0 == 1 }, "\(name) \(fleet.published)")
        }
    }
}

/// The same numbers for the same seed.
private struct SeededRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state ^ (state >> 33)) &* 0xFF51_AFD7_ED55_8CCD
    }
}
