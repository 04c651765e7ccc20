import Redis
import TestSupport
import Testing

@testable import JobQueue
@testable import Worker

/// Whom a lost lease is blamed on.
@Suite struct BlameTests {
    /// Leases that end soon, so that a test need not wait for long.
    private func plan(_ bench: WorkerBench, slots: Int = 4, lease: Duration = .seconds(2)) -> WorkerPlan {
        var plan = bench.plan(slots: slots)
        plan.lease = lease
        return plan
    }

    private func pass(_ time: Duration) async throws {
        let end = ContinuousClock.now + time
        try await eventually("\(time) have passed", within: time * 4) { ContinuousClock.now >= end }
    }

    @Test(.timeLimit(.minutes(2)))
    func `a Redis that hangs for longer than a lease, three times, costs a running job nothing`() async throws {
        let bench = try await WorkerBench()
        let (started, released) = (Signal(), Signal())
        let workers = (0..<2).map { _ in
            bench.start(plan(bench)) { (_: Nothing, _) in
                started.send()
                try await released.wait()
                return JobOutput()
            }
        }
        let id = try await bench.enqueue()
        try await started.wait()
        for _ in 0..<3 {
            bench.server.freeze()
            try await pass(.seconds(3))
            bench.server.thaw()
            // Longer than the rescue would take to come.
            try await pass(.seconds(3))
        }
        released.send()
        let job = try await bench.wait(for: id, toBe: .succeeded)
        #expect((job.envelope.crashes, job.envelope.losses, job.envelope.missing) == (0, 0, []))
        #expect(started.count == 1)
        for worker in workers { try await worker.stop() }
    }

    @Test(.timeLimit(.minutes(2)))
    func `the jobs of a worker that was seen to die all run again at once`() async throws {
        let bench = try await WorkerBench()
        var random = SeededRandom(seed: 1)
        let dead = WorkerID(host: "dead", pid: 9, using: &random)
        for _ in 0..<32 { try await bench.enqueue() }
        try await bench.broker.claims.join(bench.queue, as: dead, lease: .seconds(600))
        _ = try await bench.broker.claims.fetch(from: bench.queue, for: dead, limit: 32)
        let (started, released) = (Signal(), Signal())
        let worker = bench.start(bench.plan(slots: 32)) { (_: Nothing, _) in
            started.send()
            try await released.wait()
            return JobOutput()
        }
        _ = try await bench.broker.maintenance.rescueDead(dead, in: bench.queue, maxCrashes: 3, reason: "gone")
        try await started.wait(for: 32)
        released.send()
        try await worker.stop()
        let counts = try await bench.inspector.counts(of: bench.queue)
        #expect((counts.succeeded, counts.crashes) == (32, 32))
    }

    @Test(.timeLimit(.minutes(2)))
    func `a job before its last crash has its worker for itself`() async throws {
        let bench = try await WorkerBench()
        var random = SeededRandom(seed: 1)
        let suspect = try await bench.enqueue(#"{"waits": true}"#)
        for pid in 1...2 {
            let dead = WorkerID(host: "dead", pid: Int32(pid), using: &random)
            #expect(try await bench.claim(as: dead)?.id == suspect)
            _ = try await bench.broker.maintenance.rescueDead(dead, in: bench.queue, maxCrashes: 3, reason: "gone")
        }
        var others: [JobID] = []
        for _ in 0..<3 { others.append(try await bench.enqueue(#"{"waits": false}"#)) }
        let (started, released, ended) = (Signal(), Signal(), Signal())
        let worker = bench.start(bench.plan(slots: 4)) { (payload: Waiter, _) in
            guard payload.waits else {
                ended.send()
                return JobOutput()
            }
            started.send()
            try await released.wait()
            return JobOutput()
        }
        try await started.wait()
        // Looks that the worker would use for the others.
        for _ in 0..<3 { others.append(try await bench.enqueue(#"{"waits": false}"#)) }
        try await pass(.seconds(1))
        #expect(ended.count == 0)
        released.send()
        try await ended.wait(for: 6)
        let job = try await bench.wait(for: suspect, toBe: .succeeded)
        #expect(job.envelope.crashes == 2)
        for id in others { _ = try await bench.wait(for: id, toBe: .succeeded) }
        try await worker.stop()
    }

    private struct Waiter: Decodable, Sendable { let waits: Bool }

    @Test(.timeLimit(.minutes(2)))
    func `a worker that never comes back is a crash in the end`() async throws {
        let bench = try await WorkerBench()
        var random = SeededRandom(seed: 1)
        let dead = WorkerID(host: "dead", pid: 9, using: &random)
        let id = try await bench.enqueue()
        #expect(try await bench.claim(as: dead)?.id == id)
        _ = try await bench.redis.send(["ZADD", .text(bench.keys.leases), "XX", 1, .text(dead.description)])
        var plan = plan(bench)
        plan.patience = .seconds(2)
        plan.maintenance[bench.queue] = MaintenanceRules(maxCrashes: 1, retention: .seconds(60))
        let worker = bench.start(plan) { (_: Nothing, _) in JobOutput() }
        let job = try await bench.wait(for: id, toBe: .dead)
        #expect(job.envelope.crashes == 1)
        #expect(job.failure?.message == "the worker died with this job 1 times; last: it never came back")
        #expect(job.timeline.map(\.event).contains("lease-lost"))
        try await worker.stop()
    }

    @Test(.timeLimit(.minutes(2)))
    func `leases and duties from a clock that was ahead keep no job for long`() async throws {
        let bench = try await WorkerBench()
        var random = SeededRandom(seed: 1)
        let dead = WorkerID(host: "dead", pid: 9, using: &random)
        let id = try await bench.enqueue()
        #expect(try await bench.claim(as: dead)?.id == id)
        let decades: RedisWord = 4_000_000_000_000
        _ = try await bench.redis.send(["ZADD", .text(bench.keys.leases), "XX", decades, .text(dead.description)])
        let keyspace = bench.broker.keyspace
        _ = try await bench.redis.send(["SET", .text(keyspace.maintenance), "nobody", "PX", 40_000_000])
        _ = try await bench.redis.send(["ZADD", .text(keyspace.workers), decades, .text(dead.description)])
        let worker = bench.start(plan(bench)) { (_: Nothing, _) in JobOutput() }
        _ = try await bench.wait(for: id, toBe: .succeeded)
        try await eventually("its report is forgotten", within: .seconds(10)) {
            try await bench.redis.send(["ZSCORE", .text(keyspace.workers), .text(dead.description)]).isNull
        }
        try await worker.stop()
    }

    /// The connections stay, and whatever is said on them is swallowed.
    @Test(.timeLimit(.minutes(2)))
    func `half-open connections delay a job for less than 12 s, and the running one counts no crash`() async throws {
        let bench = try await WorkerBench()
        let proxy = try await FaultProxy.start(for: bench.server.tcpAddress)
        let (started, released) = (Signal(), Signal())
        let worker = bench.start(
            plan(bench, lease: .seconds(8)), on: RedisClient(address: proxy.address, logger: .quiet)
        ) { (payload: [Int], _) in
            started.send()
            if payload == [0] { try await released.wait() }
            return JobOutput()
        }
        let running = try await bench.enqueue("[0]")
        try await started.wait()
        proxy.swallow()
        let next = try await bench.enqueue("[1]")
        _ = try await bench.wait(for: next, toBe: .succeeded, within: .seconds(12))
        released.send()
        let job = try await bench.wait(for: running, toBe: .succeeded)
        #expect((job.envelope.crashes, job.envelope.losses, started.count) == (0, 0, 2))
        try await worker.stop()
        try await proxy.stop()
    }
}
