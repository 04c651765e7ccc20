import Testing

@testable import Fleet

struct FleetPlanTests {
    let command = ProcessCommand("/bin/true")

    func plan(_ pools: (String, Int)...) throws -> FleetPlan {
        try FleetPlan(pools: pools.map { .init(name: $0.0, processes: $0.1, command: command) })
    }

    @Test func `workers have stable names in the order of the pools`() throws {
        let plan = try plan(("trading", 2), ("market", 1), ("idle", 0))
        #expect(plan.workers.map(\.name) == ["trading-1", "trading-2", "market-1"])
        #expect(plan.workers.map(\.pool) == ["trading", "trading", "market"])
    }

    @Test func `scaling down gives up the highest numbers`() throws {
        let changes = try plan(("trading", 1)).changes(from: plan(("trading", 3)).workers)
        #expect(changes == FleetChanges(start: [], replace: [], drain: ["trading-2", "trading-3"]))
    }

    @Test func `scaling up starts what is missing`() throws {
        let changes = try plan(("trading", 3)).changes(from: plan(("trading", 2)).workers)
        #expect(changes.start.map(\.name) == ["trading-3"])
        #expect(changes.replace.isEmpty && changes.drain.isEmpty)
    }

    @Test func `a new command line replaces the workers of its pool`() throws {
        let other = try FleetPlan(pools: [.init(name: "trading", processes: 1, command: ProcessCommand("/bin/false"))])
        let changes = other.changes(from: try plan(("trading", 1)).workers)
        #expect(changes == FleetChanges(start: [], replace: other.workers, drain: []))
    }

    @Test func `the same plan changes nothing`() throws {
        let same = try plan(("trading", 2), ("market", 1))
        #expect(same.changes(from: same.workers) == FleetChanges(start: [], replace: [], drain: []))
    }

    @Test func `a plan that cannot be meant is refused with a way out`() {
        #expect(throws: FleetError.self) { try plan(("", 1)) }
        #expect(throws: FleetError.self) { try plan(("a", 1), ("a", 2)) }
        let error = #expect(throws: FleetError.self) { try plan(("a", 513)) }
        #expect(error?.description == "pool 'a': 513 processes are out of range. Use 0 to 512.")
    }
}
