import JobQueue
import Redis
import TestSupport
import Testing

@testable import Worker

/// A worker changes to another version of the schedule whole, while it runs.
@Suite struct PolicyTests {
    let desk: PolicyBench
    var bench: WorkerBench { desk.bench }

    init() async throws { desk = try await PolicyBench() }

    @Test func `a new timeout holds from the next fetch on, and not for what runs`() async throws {
        let (started, latch) = (Signal(), Latch())
        let worker = try desk.start("slots 2\ntimeout 600000\nattempts 1") { context in
            started.send("\(context.id)")
            await latch.wait()
            try await context.sleep(for: .seconds(30))
        }
        let first = try await bench.enqueue()
        try await started.wait()
        try await desk.obeyed(try await desk.store("slots 2\ntimeout 300\nattempts 1"))
        let second = try await bench.enqueue()
        try await started.wait(for: 2)
        latch.open()
        #expect(try await bench.wait(for: second, toBe: .dead).envelope.outcome.contains(#""type":"timeout""#))
        #expect(try await bench.job(first)?.state == .running)
        try await worker.cancelled()
    }

    @Test func `more slots are used at once, and fewer when those that run have ended`() async throws {
        let (started, released) = (Signal(), Signal())
        let worker = try desk.start("slots 1") { _ in
            started.send()
            let own = started.count
            try await released.wait(for: own)
        }
        for _ in 0..<6 { try await bench.enqueue() }
        try await started.wait()
        try await desk.obeyed(try await desk.store("slots 3"))
        try await started.wait(for: 3)
        try await desk.obeyed(try await desk.store("slots 1"))
        #expect(try await bench.inspector.counts(of: bench.queue).running == 3)
        #expect(try await desk.workers[0].slots == 1)
        for _ in 0..<2 { released.send() }
        try await eventually("two have ended", within: .seconds(30)) {
            try await bench.inspector.counts(of: bench.queue).succeeded == 2
        }
        #expect(try await bench.inspector.counts(of: bench.queue).running == 1)
        #expect(started.count == 3)
        for _ in 0..<6 { released.send() }
        try await eventually("all have ended", within: .seconds(30)) {
            try await bench.inspector.counts(of: bench.queue).succeeded == 6
        }
        try await worker.stop()
    }

    @Test func `a queue that is dropped keeps its lease until its job is settled`() async throws {
        let (started, latch) = (Signal(), Latch())
        let worker = try desk.start("queue q\nqueue r") { context in
            guard context.job.queue.description == "q" else { return }
            started.send()
            await latch.wait()
        }
        let running = try await desk.enqueue(on: "q")
        try await started.wait()
        try await desk.obeyed(try await desk.store("queue r\nqueue s"))
        let name = try await desk.workers[0].id.description
        #expect(try await desk.workers[0].queues == ["r", "s"])
        let left = try await desk.enqueue(on: "q")
        for queue in ["r", "s"] {
            let id = try await bench.broker.enqueue(NewJob(kind: bench.kind, queue: try QueueName(queue))).id
            try await eventually("the job of \(queue) has run", within: .seconds(30)) {
                try await bench.inspector.job(id)?.state == .succeeded
            }
        }
        #expect(try await desk.leases(on: "q") == [name])
        #expect(try await bench.job(left)?.state == .ready)
        latch.open()
        let ended = try await bench.wait(for: running, toBe: .succeeded)
        #expect(ended.envelope.crashes == 0)
        try await eventually("the lease on q is given up", within: .seconds(30)) {
            try await desk.leases(on: "q").isEmpty
        }
        #expect(try await bench.job(left)?.state == .ready)
        // It comes back, and is served again.
        try await desk.obeyed(try await desk.store("queue q"))
        _ = try await bench.wait(for: left, toBe: .succeeded)
        #expect(try await desk.workers.map(\.id.description) == [name])
        try await worker.stop()
    }

    @Test func `a limit that is taken away holds for the jobs that it admitted`() async throws {
        let (started, latch) = (Signal(), Latch())
        let worker = try desk.start("slots 2\nlimit coinbase\nbucket coinbase 2") { context in
            started.send()
            await latch.wait()
            try await context.take(2, from: "coinbase", for: "q")
        }
        let first = try await bench.enqueue()
        try await started.wait()
        try await desk.obeyed(try await desk.store("slots 2\nlimit other\nbucket other 2"))
        // Of the old bucket one token is left: the job was admitted with one, and pays the second call with it.
        latch.open()
        _ = try await bench.wait(for: first, toBe: .succeeded)
        let levels = RateLimiter(
            broker: bench.broker,
            buckets: ["coinbase", "other"].map { TokenBucket(name: $0, ratePerSecond: 0.001, burst: 2) })
        #expect(try await levels.levels().map { Int($0.available) } == [0, 2])
        let second = try await bench.enqueue()
        // The new one does not know the old bucket, and is limited by nothing that it names.
        _ = try await bench.wait(for: second, toBe: .succeeded)
        #expect(try await levels.levels().map { Int($0.available) } == [0, 1])
        try await worker.stop()
    }

    @Test func `a lowered rate is obeyed at once`() async throws {
        let worker = try desk.start("slots 8\nlimit coinbase\nbucket coinbase 100")
        for _ in 0..<3 { try await bench.enqueue() }
        try await eventually("three have run", within: .seconds(30)) {
            try await bench.inspector.counts(of: bench.queue).succeeded == 3
        }
        try await desk.obeyed(try await desk.store("slots 8\nlimit coinbase\nbucket coinbase 2"))
        for _ in 0..<8 { try await bench.enqueue() }
        try await eventually("two more have run", within: .seconds(30)) {
            try await bench.inspector.counts(of: bench.queue).succeeded == 5
        }
        let limiter = RateLimiter(
            broker: bench.broker, buckets: [TokenBucket(name: "coinbase", ratePerSecond: 0.001, burst: 2)])
        #expect(try await limiter.levels()[0].available < 1)
        #expect(try await bench.inspector.counts(of: bench.queue).ready == 6)
        try await worker.stop()
    }

    @Test func `a circuit that is taken away still hears of the jobs that it admitted`() async throws {
        let (started, latch) = (Signal(), Latch())
        let worker = try desk.start("slots 2\ncircuit api\nattempts 1") { _ in
            started.send()
            await latch.wait()
            throw JobStop.failNotBefore(milliseconds: 1, type: "down", message: "no answer")
        }
        let id = try await bench.enqueue()
        try await started.wait()
        try await desk.obeyed(try await desk.store("slots 2"))
        latch.open()
        _ = try await bench.wait(for: id, toBe: .dead)
        let circuits = CircuitBreaker(broker: bench.broker, circuits: [CircuitRules(name: "api")])
        try await eventually("the circuit has counted it", within: .seconds(30)) {
            try await circuits.states()[0].failures.values.reduce(0, +) == 1
        }
        try await worker.stop()
    }

    @Test func `a version that cannot be read changes nothing, and is told once`() async throws {
        let log = LogBook()
        let first = try await desk.store("slots 3")
        let worker = try desk.start("slots 1", logger: log.logger)
        try await desk.obeyed(first)
        try await desk.store("of a newer program")
        try await eventually("it is said", within: .seconds(30)) {
            log.lines.contains { $0.hasPrefix("error schedule version 2 cannot be read here") }
        }
        // It looks again at each heartbeat, and says nothing more.
        let beat = try await desk.workers[0].heartbeatMilliseconds
        try await eventually("two heartbeats have passed", within: .seconds(30), every: .milliseconds(50)) {
            try await desk.workers[0].heartbeatMilliseconds > beat + 4_000
        }
        let report = try await desk.workers[0]
        #expect((report.version, report.slots) == (1, 3))
        #expect(log.lines.count { $0.contains("cannot be read here") } == 1)
        #expect(try await bench.wait(for: try await bench.enqueue(), toBe: .succeeded).envelope.crashes == 0)
        try await desk.obeyed(try await desk.store("slots 4"))
        // A rollback is a version like any other.
        try await desk.obeyed(try await desk.store("slots 3"))
        #expect(try await desk.workers[0].slots == 3)
        try await worker.stop()
    }

    @Test func `a version of which nobody was told is seen at a heartbeat`() async throws {
        let worker = try desk.start("slots 1")
        try await eventually("it is there", within: .seconds(30)) { try await desk.workers.count == 1 }
        // As the script writes it, without its call.
        let keys = bench.broker.keyspace
        _ = try await bench.redis.send(["SET", .text(keys.scheduleNumber), 7])
        _ = try await bench.redis.send(["LPUSH", .text(keys.scheduleVersions), "7\t1000\tops\nslots 5"])
        try await desk.obeyed(7)
        #expect(try await desk.workers[0].slots == 5)
        try await worker.stop()
    }

    @Test func `a hundred workers obey a new version, each of them whole`() async throws {
        let workers = try (1...100).map { try desk.start("slots 1", pid: Int32($0)) }
        try await desk.obeyed(0, by: 100, within: .seconds(120))
        let clock = ContinuousClock()
        let began = clock.now
        try await desk.obeyed(try await desk.store("slots 7\nqueue q\nqueue r"), by: 100, within: .seconds(60))
        print("100 workers obeyed within \(began.duration(to: clock.now))")
        #expect(try await desk.workers.allSatisfy { $0.slots == 7 && $0.queues == ["q", "r"] })
        for worker in workers { worker.cancel() }
        for worker in workers { try? await worker.ended() }
    }
}

extension RunningWorker {
    /// Stops it at once, with what it runs.
    func cancelled() async throws {
        cancel()
        try? await ended()
    }
}
