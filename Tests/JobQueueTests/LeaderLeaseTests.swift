import Redis
import TestSupport
import Testing

@testable import JobQueue

@Suite struct LeaderLeaseTests {
    let bench: QueueBench

    init() async throws { bench = try await QueueBench() }

    private func scheduler(_ name: String, lease: Duration = .seconds(60)) -> LeaderLease {
        LeaderLease(broker: bench.broker, holder: name, lease: lease)
    }

    private func tick(_ nominal: Int64, id: String = "j", skips: Bool = false, hasJob: Bool = true) throws -> Tick {
        var tick = Tick(
            entry: "bots", nominalMilliseconds: nominal, queue: bench.queue,
            outcome: hasJob ? .enqueue : .skip(.misfire))
        tick.overlap = skips ? .skip : .allow
        if hasJob { tick.members = [Tick.Member(job: try bench.job("\(id)\(nominal)"))] }
        return tick
    }

    @Test func `leadership passes on resignation with a greater epoch`() async throws {
        let first = scheduler("s1")
        let second = scheduler("s2")
        #expect(try await first.lead() == 1)
        #expect(try await second.lead() == nil)
        #expect(try await bench.inspector.leader().map { "\($0.holder) \($0.epoch)" } == "s1 1")
        try await second.resign()
        #expect(try await second.lead() == nil)
        try await first.resign()
        #expect(try await second.lead() == 2)
        #expect(try await first.lead() == nil)
    }

    @Test func `leadership passes when its lease ends`() async throws {
        #expect(try await scheduler("s1", lease: .milliseconds(1)).lead() == 1)
        try await eventually("the second leads") { try await scheduler("s2").lead() == 2 }
        #expect(try await bench.inspector.leader()?.holder == "s2")
    }

    @Test func `ticks of an earlier leader are refused once a later one has spoken`() async throws {
        let queues = [bench.queue, try QueueName("other")]
        #expect(try await scheduler("s1").announce(1, to: queues))
        #expect(try await bench.broker.schedules.tick(try tick(1_000), epoch: 1).answer == .enqueued)
        #expect(try await scheduler("s2").announce(2, to: queues))
        #expect(try await bench.broker.schedules.tick(try tick(2_000), epoch: 1).answer == .stale)
        #expect(try await !scheduler("s1").announce(1, to: queues))
        #expect(try await bench.broker.schedules.tick(try tick(2_000), epoch: 2).answer == .enqueued)
        #expect(try await bench.broker.schedules.tick(try tick(2_000, id: "again"), epoch: 2).answer == .duplicate)
        #expect(try await bench.counts().ready == 2)
    }

    @Test func `two schedulers that tick at once enqueue each tick once`() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for nominal in 1...25 {
                        _ = try await bench.broker.schedules.tick(try tick(Int64(nominal) * 1_000), epoch: 1)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await bench.counts().ready == 25)
        #expect(
            try await bench.broker.schedules.lastTicks(of: ["bots", "none"], in: [bench.queue]) == ["bots": 25_000])
    }

    @Test func `a tick is left out while its job lives and counted`() async throws {
        #expect(try await bench.broker.schedules.tick(try tick(1_000, skips: true), epoch: 1).answer == .enqueued)
        #expect(try await bench.broker.schedules.tick(try tick(2_000, skips: true), epoch: 1).answer == .overlap)
        #expect(try await bench.broker.schedules.tick(try tick(3_000, hasJob: false), epoch: 1).answer == .skipped)
        _ = try await bench.broker.claims.acknowledge([Completion(try await bench.fetch()[0])])
        #expect(try await bench.broker.schedules.tick(try tick(4_000, skips: true), epoch: 1).answer == .enqueued)
        #expect(try await bench.counts().ticksSkipped == 2)
    }

    @Test func `a baseline makes earlier ticks count as handled and obeys the epoch`() async throws {
        let broker = bench.broker
        #expect(try await scheduler("s2").announce(2, to: [bench.queue]))
        #expect(try await broker.schedules.setLastRun(of: "bots", in: bench.queue, at: 5_000, epoch: 2) == 5_000)
        #expect(try await broker.schedules.setLastRun(of: "bots", in: bench.queue, at: 4_000, epoch: 2) == 5_000)
        #expect(try await broker.schedules.setLastRun(of: "bots", in: bench.queue, at: 9_000, epoch: 1) == nil)
        #expect(try await broker.schedules.lastTicks(of: ["bots"], in: [bench.queue]) == ["bots": 5_000])
        // A number that another program has spoilt stops no other entry.
        let meta = RedisWord.text(bench.keys.meta)
        _ = try await bench.redis.send(["HSET", meta, "last:spoilt", "1e400", "begun:spoilt", "x"])
        #expect(try await broker.schedules.lastTicks(of: ["spoilt", "bots"], in: [bench.queue]) == ["bots": 5_000])
        #expect(try await broker.schedules.begunVersions(of: ["spoilt"], in: [bench.queue]) == [:])
        #expect(try await broker.schedules.tick(try tick(5_000), epoch: 2).answer == .duplicate)
        #expect(try await broker.schedules.tick(try tick(6_000), epoch: 2).answer == .enqueued)
    }

    @Test func `workers that report are listed until they are silent`() async throws {
        let registry = WorkerRegistry(broker: bench.broker)
        let now = try await bench.broker.clock.now()
        func report(_ id: WorkerID, pool: String, at time: Int64) -> WorkerReport {
            WorkerReport(
                id: id, host: "h", pid: 7, pool: pool, state: "running", queues: ["a", "b"], slots: 8, running: 3,
                rssBytes: 9, startedMilliseconds: 4, heartbeatMilliseconds: time)
        }
        let reports = [report(bench.w2, pool: "a", at: now), report(bench.w1, pool: "b", at: now - 5_000)]
        for worker in reports { try await registry.report(worker) }
        try await registry.report(report(WorkerID(unchecked: "silent"), pool: "c", at: now - 16_000))
        #expect(try await registry.live() == reports)
        try await registry.remove(bench.w2)
        #expect(try await registry.live() == [reports[1]])
    }
}
