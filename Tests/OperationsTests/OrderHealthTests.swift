import Testing

@testable import JobQueue
@testable import Operations

/// Why no orders are placed, and who finds it.
@Suite struct OrderHealthTests {
    private func worker(_ name: String, held: [String]) -> WorkerReport {
        var report = WorkerReport(
            id: WorkerID(unchecked: name), host: "h", pid: 1, pool: "all", state: "running", queues: ["q"], slots: 1,
            running: 0, rssBytes: 1, startedMilliseconds: 0, heartbeatMilliseconds: 0, version: 1)
        report.heldBecause = held
        return report
    }

    @Test func `a reason that workers report is told once, with how many of them do`() {
        let workers = [worker("one", held: ["The disk is full."]), worker("two", held: [])]
        let orders = OrderHealth(workers, seenHere: "The disk is full.")
        #expect(orders.lines == ["orders held: The disk is full. (1 of 2 workers)"])
        #expect(orders.trouble == "Orders are held (1 of 2 workers): The disk is full.")
    }

    @Test func `a reason that only this host finds has no worker`() {
        let orders = OrderHealth([worker("one", held: [])], seenHere: "It is no database.")
        #expect(orders.lines == ["orders held: It is no database. (this host)"])
        #expect(orders.reasons.map(\.workers) == [0])
        #expect(OrderHealth([], seenHere: nil).trouble == nil)
    }
}
