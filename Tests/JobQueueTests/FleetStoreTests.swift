import Redis
import Testing

@testable import JobQueue

/// What is asked of the hosts, and what they say.
@Suite struct FleetStoreTests {
    let bench: QueueBench

    init() async throws { bench = try await QueueBench() }

    private var store: FleetStore { FleetStore(broker: bench.broker) }

    private func report(_ id: String, pools: [String]? = nil) -> HostReport {
        HostReport(id: id, instance: "i", name: id, capacity: 2, pools: pools)
    }

    @Test func `hosts see each other and what operators have set`() async throws {
        var first = report("b", pools: ["trading"])
        first.running = ["trading": 2]
        first.steps = ["trading": -1]
        first.stoppedRoll = 4
        #expect(try await store.heartbeat(first).previous == nil)
        #expect(try await store.scale([.init(pool: "trading", seen: nil, wanted: 8)]) == .set)
        let answer = try await store.heartbeat(report("a"))
        #expect(answer.state.hosts.map(\.id) == ["a", "b"])
        #expect(answer.state.desired == ["trading": 8] && answer.state.automatic.isEmpty)
        #expect(answer.state.scaledMilliseconds > 0)
        var seen = try #require(answer.state.hosts.last)
        #expect(seen.heartbeatMilliseconds > 0)
        seen.heartbeatMilliseconds = 0
        #expect(seen == first)
        #expect(answer.state.steps(of: "trading") == -1)
        #expect(answer.state.hosts(of: "market").map(\.id) == ["a"])
        #expect(try await store.heartbeat(report("a")).previous?.id == "a")
        #expect(try await store.state().hosts.count == 2)
        try await store.leave("b")
        #expect(try await store.state().hosts.map(\.id) == ["a"])
        #expect(try await QueueAuditor(broker: bench.broker).audit().findings.isEmpty)
    }

    @Test func `a host that is silent for ten seconds is gone`() async throws {
        _ = try await store.heartbeat(report("a"))
        let key = RedisWord.text(bench.broker.keyspace.hosts)
        let text = try await bench.redis.send(["HGET", key, "a"]).string()
        let now = try await bench.broker.clock.now()
        let json = text.drop { $0 != " " }
        _ = try await bench.redis.send(["HSET", key, "a", .text("\(now - 10_500)\(json)"), "b", "junk"])
        #expect(try await store.state().hosts.isEmpty)
    }

    @Test func `an operator's number goes before that of autoscaling, which goes before the schedule's`() {
        var pool = WorkerPool(name: "trading", processes: 2)
        var state = FleetState(automatic: ["trading": 3])
        #expect(state.processes(of: pool) == 2)
        pool.autoscale = PoolAutoscale(bounds: 1...6)
        #expect(state.processes(of: pool) == 3)
        state.desired = ["trading": 5]
        #expect(state.processes(of: pool) == 5)
        state.desired = ["trading": 9]
        #expect(state.processes(of: pool) == 6)
    }

    @Test func `of two operators at once one changes it, and the log names who did`() async throws {
        let acting = FleetStore(broker: bench.broker.noting(OperatorNote(by: "ann@host", "pool.scale", "trading=8")))
        #expect(try await acting.scale([.init(pool: "trading", seen: nil, wanted: 8)]) == .set)
        #expect(
            try await acting.scale([.init(pool: "trading", seen: nil, wanted: 4)])
                == .conflict(pool: "trading", number: 8))
        #expect(try await acting.scale([.init(pool: "trading", seen: nil, wanted: 8)]) == .same)
        #expect(try await acting.scale([.init(pool: "trading", seen: 8, wanted: nil)]) == .set)
        #expect(try await acting.restartAll() == 1)
        let worker = bench.w1
        #expect(try await acting.tell(worker, .quiet))
        #expect(try await !acting.tell(worker, .quiet))
        #expect(try await acting.order(for: worker) == .quiet)
        #expect(try await acting.order(for: bench.w2) == nil)
        let log = try await OperatorLog(broker: bench.broker).entries(limit: 10)
        #expect(log.count == 4)
        #expect(log.filter { $0.before == "null" }.count == 2, "\(log)")
        #expect(log.contains { $0.before == "null" && $0.after == #""1""# })
        #expect(log.contains { $0.before == #""run""# && $0.after == #""quiet""# })
        #expect(try await QueueAuditor(broker: bench.broker).audit().findings.isEmpty)
    }
}
