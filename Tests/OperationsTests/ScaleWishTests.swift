import JobQueue
import Testing

@testable import Operations

/// What somebody may ask of the pools.
struct ScaleWishTests {
    private let pools = [WorkerPool(name: "market"), WorkerPool(name: "trading", processes: 2)]

    private func change(_ word: String, _ state: FleetState = FleetState()) throws(ScaleError) -> FleetStore.PoolChange
    {
        try ScaleWish.read([word])[0].change(among: pools, state)
    }

    @Test func `numbers and the default are read`() throws {
        #expect(
            try ScaleWish.read(["trading=8", "market=default"]) == [
                ScaleWish(pool: "trading", processes: 8), ScaleWish(pool: "market", processes: nil),
            ])
        let state = FleetState(desired: ["trading": 4])
        #expect(try change("trading=8", state) == .init(pool: "trading", seen: 4, wanted: 8))
        #expect(try change("trading=default", state) == .init(pool: "trading", seen: 4, wanted: nil))
        #expect(try change("market=0", state) == .init(pool: "market", seen: nil, wanted: 0))
    }

    @Test(arguments: [
        "trading", "=8", "trading=", "trading=-1", "trading=+1", "trading=1.5", "trading=99999999999999999999",
    ])
    func `what is no wish is refused`(_ word: String) {
        #expect(throws: ScaleError.self) { try ScaleWish.read([word]) }
    }

    @Test func `each pool is named once`() {
        #expect(throws: ScaleError.self) { try ScaleWish.read(["a=1", "a=2"]) }
    }

    @Test func `unknown pools and numbers out of bounds say what would be right`() throws {
        #expect(throws: ScaleError.unknownPool("tradign", known: ["market", "trading"])) { try change("tradign=1") }
        let near = ScaleError.unknownPool("tradign", known: ["market", "trading"])
        #expect(near.description.contains("Did you mean trading?"))
        #expect(throws: ScaleError.self) { try change("trading=513") }
        var pool = WorkerPool(name: "auto")
        pool.autoscale = PoolAutoscale(bounds: 2...4)
        let wish = try ScaleWish.read(["auto=5"])[0]
        let error = ScaleError.outOfBounds(pool: "auto", processes: 5, bounds: 2...4, isAutoscaled: true)
        #expect(throws: error) { try wish.change(among: [pool], FleetState()) }
        #expect(error.description.contains("Use 2 to 4"))
    }

    @Test func `pools that no live host runs are told apart`() {
        let host = HostReport(id: "a", instance: "i", name: "a", capacity: 1, pools: ["trading"])
        let reading = ScaleReading(pools, FleetState(hosts: [host]))
        let changes = [
            FleetStore.PoolChange(pool: "trading", seen: nil, wanted: 3), .init(pool: "market", seen: nil, wanted: 1),
        ]
        #expect(reading.withoutHost(changes) == ["market"])
        #expect(reading.withoutHost([.init(pool: "market", seen: 2, wanted: 0)]).isEmpty)
        #expect(reading.setBy(pools[1]) == "schedule" && reading.after(changes).setBy(pools[1]) == "operator")
    }
}
