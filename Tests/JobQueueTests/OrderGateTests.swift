import Redis
import TestSupport
import Testing

@testable import JobQueue

/// The gate of orders through its store, with its entries in the operator log.
@Suite struct OrderGateTests {
    let bench: QueueBench

    init() async throws { bench = try await QueueBench() }

    private func store(_ action: String = "") -> OrderGateStore {
        OrderGateStore(
            broker: action.isEmpty
                ? bench.broker : bench.broker.noting(OperatorNote(by: "ann@host", action, "orders", why: "why")))
    }

    @Test func `halts and resumptions are in the operator log, refused ones are not`() async throws {
        try await store("orders.halt").halt(.all, for: .seconds(3_600), reason: "a\nb", by: "ann@host")
        #expect(try await store("orders.resume").resume() == .unreconciled)
        let gate = try await store().read()
        #expect(gate.halts.first?.reason == "a\\u{a}b" && gate.halts.first?.who == "ann@host")
        #expect(try await !store().noteReconciliation(under: gate, began: gate.halts[0].since, problem: nil))
        #expect(try await store("orders.resume").resume() == .resumed)
        #expect(try await store("orders.resume").resume() == .notHalted)
        let log = try await OperatorLog(broker: bench.broker).entries(limit: 10)
        #expect(log.map(\.action) == ["orders.resume", "orders.halt"])
        #expect(log.last?.before == "null" && log.last?.after.contains("all:since") == true)
        #expect(log.first?.after.contains("sells_from") == true)
        #expect(try await QueueAuditor(broker: bench.broker).audit().findings.isEmpty)
    }

    @Test func `a hold is by programs, and stands in no log`() async throws {
        #expect(try await store().hold(source: "leader", mark: "2", why: "a stop"))
        #expect(try await !store().hold(source: "leader", mark: "2", why: "a stop"))
        let gate = try await store().read()
        #expect(gate.hold?.why == "a stop")
        #expect(try await store().noteReconciliation(under: gate, began: 1, problem: nil))
        #expect(try await store().read().hold == nil)
        #expect(try await OperatorLog(broker: bench.broker).entries(limit: 10).isEmpty)
    }

    @Test func `a halt outlives a restart of Redis`() async throws {
        let server = try await TemporaryRedis.start(.init(appendOnly: true, arguments: ["--appendfsync", "always"]))
        let store = OrderGateStore(broker: Broker(redis: server.client()))
        try await store.halt(.buys, for: nil, reason: "r", by: "ann@host")
        let before = try await store.read()
        try await server.restart()
        #expect(try await store.read() == before && before.halts.count == 1)
        try await server.stop()
    }

    @Test func `a field that another program has spoilt halts rather than not`() {
        let gate = OrderGate(["all:since": "soon", "all:until": "x", "buys_from": "1e400"])
        #expect(gate.halts.map(\.level) == [.all] && gate.halts[0].until == nil && gate.buysFrom == 0)
        #expect(gate.verdict(isBuy: false, decidedAt: 1) == .halted("all orders are halted by an operator"))
    }
}
