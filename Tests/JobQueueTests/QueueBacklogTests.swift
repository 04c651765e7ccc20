import Redis
import Testing

@testable import JobQueue

/// What the jobs of a queue wait for, as its keys tell it.
@Suite struct QueueBacklogTests {
    let bench: QueueBench

    init() async throws { bench = try await QueueBench() }

    @Test func `an empty queue waits for nothing`() async throws {
        #expect(try await bench.inspector.backlog(of: bench.queue) == QueueBacklog())
    }

    @Test func `each reason is told with its number and the age of the oldest`() async throws {
        var capped = try (1...4).map { try bench.job("capped-\($0)") }
        for index in capped.indices { capped[index].options.concurrencyKey = index == 3 ? "b" : "a" }
        try await bench.broker.enqueue(capped)
        #expect(try await bench.fetch(9).map(\.id.description) == ["capped-1", "capped-4"])
        try await bench.broker.enqueue(try ["strange", "odd", "postponed"].map { try bench.job($0) })
        let claimed = try await bench.fetch(3)
        let gate = Gate.kind(try JobKind("k"), version: 2)
        for job in claimed.prefix(2) {
            #expect(try await bench.broker.claims.park(job, at: gate, because: "r") == .settled)
        }
        let now = try await bench.broker.clock.now()
        #expect(try await bench.broker.claims.postpone(claimed[2], until: now + 60_000, because: "closed") == .settled)
        try await bench.broker.enqueue(try bench.job("later", start: .after(milliseconds: 90_000)))
        try await bench.broker.enqueue([try bench.job("low", priority: -3), try bench.job("high", priority: 3)])

        let backlog = try await bench.inspector.backlog(of: bench.queue)
        let kind = try JobKind("k")
        #expect(backlog.parked.map(\.reason) == [.concurrencyKey("a"), .unknownKind(kind, version: 2)])
        #expect(backlog.parked.map(\.count) == [2, 2])
        #expect(backlog.parked.allSatisfy { abs(($0.sinceMilliseconds ?? 0) - now) < 60_000 })
        #expect(backlog.postponed.map(\.reason) == ["closed"] && backlog.postponed[0].count == 1)
        #expect(backlog.postponed[0].untilMilliseconds == now + 60_000 && backlog.nextDueMilliseconds == now + 60_000)
        #expect(backlog.nextRetryMilliseconds == nil)
        #expect(abs((backlog.readySinceMilliseconds ?? 0) - now) < 60_000)

        let counts = try await bench.counts()
        #expect((counts.parked, counts.ready, counts.running, counts.scheduled) == (4, 2, 2, 2))
        for (id, place) in [("low", 1), ("high", 0), ("odd", nil)] as [(String, Int?)] {
            #expect(try await bench.inspector.jobsBefore(JobID(id), in: bench.queue) == place)
        }
    }

    @Test func `members that no script writes are passed over`() async throws {
        _ = try await bench.redis.send(["ZADD", .text(bench.keys.parked), 0, "junk", 0, "cap=a 000000000001 gone"])
        let backlog = try await bench.inspector.backlog(of: bench.queue)
        #expect(backlog.parked.map(\.reason) == [.concurrencyKey("a")])
        #expect(backlog.parked.map(\.sinceMilliseconds) == [nil])
    }

    @Test func `ids are found by their beginning, whatever it holds`() async throws {
        try await bench.broker.enqueue(try ["a*b:1", "a*b:2", "axb", "other"].map { try bench.job($0) })
        let inspector = bench.inspector
        #expect(try await inspector.ids(beginningWith: "a*b", limit: 9).map(\.description) == ["a*b:1", "a*b:2"])
        #expect(try await inspector.ids(beginningWith: "a", limit: 2).count == 2)
        #expect(try await inspector.ids(beginningWith: "[a-z]", limit: 9).isEmpty)
        #expect(try await inspector.ids(beginningWith: "oth", limit: 9, state: .dead).isEmpty)
    }

    @Test func `a worker says which kinds it knows and whether it takes in every queue`() async throws {
        let registry = WorkerRegistry(broker: bench.broker)
        let now = try await bench.broker.clock.now()
        var report = WorkerReport(
            id: bench.w1, host: "h", pid: 1, pool: "p", state: "running", queues: ["q", "*"], slots: 1, running: 0,
            rssBytes: 1, startedMilliseconds: now, heartbeatMilliseconds: now)
        report.kinds = ["k": 2, "other": 1]
        try await registry.report(report)
        report.id = bench.w2
        report.kinds = nil
        report.queues = ["q"]
        report.state = "draining"
        try await registry.report(report)
        let live = try await registry.live()
        let (kind, stranger) = (try JobKind("k"), try JobKind("x"))
        #expect(live[0].knows(kind, version: 2) && !live[0].knows(kind, version: 3))
        #expect(!live[0].knows(stranger, version: 1) && live[1].knows(stranger, version: 1))
        #expect(live[0].serves("q") && live[0].serves("new") && !live[1].serves("q"))
    }
}
