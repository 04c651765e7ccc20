import JobQueue
import Redis
import Synchronization
import TestSupport
import Testing

@testable import Worker

/// The parts of a worker, each on its own.
@Suite struct WorkerPartsTests {
    let bench: WorkerBench

    init() async throws { bench = try await WorkerBench() }

    private func keeper(_ attempts: RunningAttempts = RunningAttempts(slots: 4)) -> LeaseKeeper {
        LeaseKeeper(
            broker: bench.broker, active: ActivePolicy(bench.plan(), bench.broker), attempts: attempts, host: "h",
            pid: 1, runtime: WorkerRuntime(broker: bench.broker, clock: ManualClock()), logger: .quiet)
    }

    /// How many scripts Redis has run.
    private func scriptCalls() async throws -> Int {
        let stats = try await bench.redis.send(["INFO", "commandstats"]).string()
        let line = stats.split(separator: "\r\n").first { $0.hasPrefix("cmdstat_evalsha:calls=") }
        return Int(line?.split(separator: "=")[1].prefix { $0.isNumber } ?? "") ?? 0
    }

    @Test func `a lost lease is answered once however many notice it`() async throws {
        let keeper = keeper()
        try await keeper.join()
        let old = keeper.worker
        await keeper.rejoin(insteadOf: old)
        let new = keeper.worker
        #expect(new != old)
        await keeper.rejoin(insteadOf: old)
        #expect(keeper.worker == new)
        #expect(try await bench.redis.send(["ZRANGE", .text(bench.keys.leases), 0, -1]).strings() == [new.description])
    }

    @Test func `maintenance asks each queue once when nothing is due`() async throws {
        _ = try await bench.broker.queues(with: [bench.queue])
        let clock = ManualClock()
        let service = MaintenanceService(
            broker: bench.broker, keeper: keeper(), active: ActivePolicy(bench.plan(), bench.broker),
            runtime: WorkerRuntime(broker: bench.broker, clock: clock), logger: .quiet)
        let task = Task { await service.run() }
        try await clock.waitForSleepers()
        let before = try await scriptCalls()
        for _ in 0..<5 {
            clock.advance(by: .milliseconds(100))
            try await clock.waitForSleepers()
        }
        // Five promotions and one sweep; loading a script is not a call.
        #expect(try await scriptCalls() - before <= 8)
        task.cancel()
        await task.value
    }

    @Test func `maintenance promotes more than one batch in a round`() async throws {
        try await bench.broker.enqueue(
            (0..<700).map { _ in
                var job = NewJob(kind: bench.kind, queue: bench.queue)
                job.start = .after(milliseconds: 1_000_000)
                return job
            })
        for id in try await bench.redis.send(["ZRANGE", .text(bench.keys.scheduled), 0, -1]).strings() {
            _ = try await bench.redis.send(["ZADD", .text(bench.keys.scheduled), 1, .text(id)])
        }
        let clock = ManualClock()
        let service = MaintenanceService(
            broker: bench.broker, keeper: keeper(), active: ActivePolicy(bench.plan(), bench.broker),
            runtime: WorkerRuntime(broker: bench.broker, clock: clock), logger: .quiet)
        let task = Task { await service.run() }
        try await clock.waitForSleepers()
        clock.advance(by: .milliseconds(100))
        try await clock.waitForSleepers()
        #expect(try await bench.inspector.counts(of: bench.queue).ready == 700)
        task.cancel()
        await task.value
    }

    @Test func `acknowledgements that come together are written together`() async throws {
        try await bench.broker.enqueue((0..<200).map { _ in NewJob(kind: bench.kind, queue: bench.queue) })
        var random = SeededRandom(seed: 1)
        let name = WorkerID(host: "h", pid: 1, using: &random)
        try await bench.broker.claims.join(bench.queue, as: name, lease: .seconds(60))
        guard case .jobs(let jobs) = try await bench.broker.claims.fetch(from: bench.queue, for: name, limit: 256)
        else {
            return
        }
        let writer = SettlementWriter(broker: bench.broker, runtime: WorkerRuntime(broker: bench.broker))
        let before = try await scriptCalls()
        await withTaskGroup(of: Void.self) { group in
            for job in jobs {
                group.addTask { await writer.write(ClosedAttempt(.acknowledge(JobOutput())), of: job, logger: .quiet) }
            }
        }
        #expect(jobs.count == 200)
        #expect(try await bench.inspector.counts(of: bench.queue).succeeded == 200)
        #expect(try await scriptCalls() - before < 100)
    }

    @Test(arguments: [true, false])
    func `a settlement outlives a cancelled attempt and a Redis that is away`(_ isRetry: Bool) async throws {
        let bench = try await WorkerBench(.init(appendOnly: true, arguments: ["--appendfsync", "always"]))
        let id = try await bench.enqueue()
        var random = SeededRandom(seed: 1)
        let job = try #require(try await bench.claim(as: WorkerID(host: "h", pid: 1, using: &random)))
        let clock = ManualClock()
        let writer = SettlementWriter(
            broker: bench.broker, runtime: WorkerRuntime(broker: bench.broker, clock: clock))
        try await bench.server.kill9()
        let failure = JobFailure(type: "t", message: "m", at: 1)
        let settlement: Settlement = isRetry ? .retry(at: .max / 4, failure) : .acknowledge(JobOutput())
        let task = Task { await writer.write(ClosedAttempt(settlement), of: job, logger: .quiet) }
        task.cancel()
        // It pauses between its tries instead of trying all the time.
        if isRetry {
            try await clock.waitForSleepers()
            #expect(clock.sleeperCount == 1)
        }
        try await bench.server.restart()
        try await eventually("the settlement was written") {
            clock.advance(by: .seconds(2))
            // The connection of this test may be one that the kill has broken.
            return (try? await bench.job(id))?.state == (isRetry ? .retrying : .succeeded)
        }
        await task.value
    }

    @Test func `an attempt that was stopped before it started is cancelled at once`() async throws {
        let id = try await bench.enqueue()
        var random = SeededRandom(seed: 1)
        let job = try #require(try await bench.claim(as: WorkerID(host: "h", pid: 1, using: &random)))
        #expect(job.id == id)
        let attempt = Attempt(job: job, deadline: .now)
        attempt.stop(.cancelRequested, at: .now)
        attempt.stop(.shutdown, at: .now)
        #expect(attempt.stopReason == .cancelRequested)
        let clock = ManualClock()
        let wasCancelled = Mutex(false)
        let task = Task {
            do { try await clock.sleep(for: .seconds(60)) } catch { wasCancelled.withLock { $0 = true } }
        }
        attempt.started { task.cancel() }
        await task.value
        #expect(wasCancelled.withLock { $0 })
    }

    @Test func `kinds are listed by name and a later handler replaces an earlier one`() throws {
        struct Idle: Job {
            func run(_ payload: Nothing, in context: JobContext) async throws -> JobOutput { JobOutput() }
        }
        var registry = JobRegistry()
        for name in ["b", "a", "b"] { registry.register(try JobKind(name), Idle()) }
        #expect(registry.kinds.map(\.description) == ["a", "b"])
        #expect(!registry.knows(try JobKind("c"), version: 1))
    }
}
