import JobQueue
import Redis
import TestSupport
import Testing

@testable import Worker

@Suite struct WorkerServiceTests {
    let bench: WorkerBench

    init() async throws { bench = try await WorkerBench() }

    @Test func `two workers share the jobs`() async throws {
        let (started, released) = (Signal(), Signal())
        let workers = (0..<2).map { _ in
            bench.start(bench.plan(slots: 1)) { (_: Nothing, context) in
                started.send(context.job.worker.description)
                try await released.wait()
                return JobOutput()
            }
        }
        let ids = [try await bench.enqueue(), try await bench.enqueue(), try await bench.enqueue()]
        try await started.wait(for: 2)
        #expect(Set(started.all).count == 2)
        #expect(try await bench.inspector.counts(of: bench.queue).running == 2)
        released.send()
        for id in ids { _ = try await bench.wait(for: id, toBe: .succeeded) }
        for worker in workers { try await worker.stop() }
    }

    @Test func `a worker runs as many jobs at a time as it has slots`() async throws {
        let (started, released) = (Signal(), Signal())
        let worker = bench.start(bench.plan(slots: 3)) { (_: Nothing, _) in
            started.send()
            try await released.wait()
            return JobOutput()
        }
        for _ in 0..<5 { try await bench.enqueue() }
        try await started.wait(for: 3)
        let counts = try await bench.inspector.counts(of: bench.queue)
        #expect((counts.running, counts.ready) == (3, 2))
        released.send()
        try await eventually("all have succeeded") { try await bench.inspector.counts(of: bench.queue).succeeded == 5 }
        #expect(started.count == 5)
        try await worker.stop()
    }

    @Test func `a job without a token stays ready and keeps its attempts`() async throws {
        let bucket = TokenBucket(name: "coinbase", ratePerSecond: 0.001, burst: 1)
        let limiter = RateLimiter(broker: bench.broker, buckets: [bucket])
        #expect(try await limiter.take("coinbase", most: 1, for: "test")?.taken == 1)
        let ran = Signal()
        let worker = bench.start(bench.plan { $0.limits = [LimitUse(name: "coinbase")] }, buckets: [bucket]) {
            (_: Nothing, context) in
            ran.send("\(context.attempt)")
            return JobOutput()
        }
        let id = try await bench.enqueue()
        try await eventually("the worker was called and found no token") {
            try await bench.redis.send(["EXISTS", .text(bench.keys.wake)]).int() == 0
        }
        #expect(try await bench.job(id)?.state == .ready)
        #expect(ran.count == 0)
        try await limiter.giveBack("coinbase", 1)
        let second = try await bench.enqueue()
        let job = try await bench.wait(for: id, toBe: .succeeded)
        #expect((job.envelope.attempts, ran.all) == (0, ["1"]))
        #expect(try await bench.job(second)?.state == .ready)
        #expect(try await limiter.levels()[0].available < 0.1)
        try await worker.stop()
    }

    @Test func `tokens that no job needed are given back`() async throws {
        let bucket = TokenBucket(name: "coinbase", ratePerSecond: 0.001, burst: 10)
        let limiter = RateLimiter(broker: bench.broker, buckets: [bucket])
        let worker = bench.start(bench.plan(slots: 8) { $0.limits = [LimitUse(name: "coinbase")] }, buckets: [bucket]) {
            (_: Nothing, _) in
            JobOutput()
        }
        _ = try await bench.wait(for: try await bench.enqueue(), toBe: .succeeded)
        try await eventually("nine tokens are there") { (9.0..<9.1).contains(try await limiter.levels()[0].available) }
        try await worker.stop()
    }

    @Test func `a job runs when its time has come`() async throws {
        let worker = bench.start { (_: Nothing, context) in JobOutput(result: "\(try await context.now())") }
        let due = try await bench.broker.clock.now() + 150
        let id = try await bench.enqueue { $0.start = .at(milliseconds: due) }
        let job = try await bench.wait(for: id, toBe: .succeeded)
        #expect(try #require(job.envelope.startedMilliseconds) >= due)
        try await worker.stop()
    }

    @Test func `a paused queue waits and goes on when it is resumed`() async throws {
        try await bench.broker.pause(bench.queue, for: nil, reason: "r")
        let worker = bench.start { (_: Nothing, _) in JobOutput() }
        let id = try await bench.enqueue()
        try await eventually("the worker was called and found the queue paused") {
            try await bench.redis.send(["EXISTS", .text(bench.keys.wake)]).int() == 0
        }
        #expect(try await bench.job(id)?.state == .ready)
        #expect(try await bench.broker.resume(bench.queue))
        #expect(try await bench.wait(for: id, toBe: .succeeded).envelope.attempts == 0)
        try await worker.stop()
    }

    @Test func `a worker tells what it is doing`() async throws {
        let (started, released) = (Signal(), Signal())
        let worker = bench.start(bench.plan(slots: 3)) { (_: Nothing, _) in
            started.send()
            try await released.wait()
            return JobOutput()
        }
        try await bench.enqueue()
        try await started.wait()
        let registry = WorkerRegistry(broker: bench.broker)
        try await eventually("the report counts the running job", within: .seconds(30)) {
            try await registry.live().first?.running == 1
        }
        let report = try #require(try await registry.live().first)
        #expect(
            (report.pool, report.queues, report.slots, report.state, report.host, report.pid) == (
                "test", ["q"], 3, "running", "test", 1
            ))
        #expect(report.rssBytes > 1_000_000)
        released.send()
        try await worker.stop()
    }

    @Test func `many short jobs are all settled once`() async throws {
        let worker = bench.start(bench.plan(slots: 64)) { (_: Nothing, _) in JobOutput() }
        let ids = try await bench.broker.enqueue((0..<500).map { _ in NewJob(kind: bench.kind, queue: bench.queue) })
            .map(\.id)
        try await eventually("all have succeeded", within: .seconds(15)) {
            try await bench.inspector.counts(of: bench.queue).succeeded == 500
        }
        let finished = try await bench.redis.send(["LRANGE", .text(bench.keys.done), 0, -1]).strings()
        #expect(finished.count == 500 && Set(finished) == Set(ids.map(\.description)))
        try await worker.stop()
    }

    @Test func `the token that a job waited for pays for its first call, and only for that`() async throws {
        let bucket = TokenBucket(name: "coinbase", ratePerSecond: 0.001, burst: 3)
        let limiter = RateLimiter(broker: bench.broker, buckets: [bucket])
        let worker = bench.start(bench.plan { $0.limits = [LimitUse(name: "coinbase")] }, buckets: [bucket]) {
            (_: Nothing, context) in
            for _ in 0..<3 { try await context.take(from: "coinbase", for: "q") }
            return JobOutput()
        }
        _ = try await bench.wait(for: try await bench.enqueue(), toBe: .succeeded)
        try await worker.stop()
        #expect(try await limiter.levels()[0].available < 1)
    }
}
