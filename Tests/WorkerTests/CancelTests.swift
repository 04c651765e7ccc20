import Redis
import TestSupport
import Testing

@testable import JobQueue
@testable import Worker

/// How a running job hears that it is to stop. The heartbeat of these workers comes every five seconds.
@Suite struct CancelTests {
    let bench: WorkerBench

    init() async throws { bench = try await WorkerBench() }

    private func startSleeper(_ started: Signal) -> RunningWorker {
        bench.start { (_: Nothing, context) in
            started.send()
            try await context.sleep(for: .seconds(60))
            return JobOutput()
        }
    }

    private func waitForListener() async throws {
        try await eventually("the worker listens") {
            try await bench.redis.send(["PUBSUB", "NUMSUB", RedisWord(QueueKeys().cancellations)]).array()[1].int() == 1
        }
    }

    @Test func `a running job that is cancelled stops and is not tried again`() async throws {
        let started = Signal()
        let worker = startSleeper(started)
        let id = try await bench.enqueue()
        try await started.wait()
        #expect(try await bench.broker.cancel(id, in: bench.queue) == .requested)
        let job = try await bench.wait(for: id, toBe: .cancelled)
        #expect(job.envelope.attempts == 0)
        #expect(started.count == 1)
        try await worker.stop()
    }

    @Test func `a call stops the job at once and no other`() async throws {
        let started = Signal()
        let worker = startSleeper(started)
        let (id, other) = (try await bench.enqueue(), try await bench.enqueue())
        try await started.wait(for: 2)
        try await waitForListener()
        #expect(try await bench.broker.cancel(id, in: bench.queue) == .requested)
        // What is no call of a job here stops none.
        for text in ["q", "q \(other) x", " ", "other \(other)"] {
            _ = try await bench.redis.send(["PUBLISH", RedisWord(QueueKeys().cancellations), RedisWord(text)])
        }
        _ = try await bench.wait(for: id, toBe: .cancelled, within: .seconds(3))
        #expect(try await bench.job(other)?.state == .running)
        worker.cancel()
        try? await worker.ended()
    }

    @Test func `a call without the mark at the claim stops nothing`() async throws {
        let started = Signal()
        let worker = startSleeper(started)
        let (id, other) = (try await bench.enqueue(), try await bench.enqueue())
        try await started.wait(for: 2)
        try await waitForListener()
        // As of another fleet that has a job of this id; then a true one, which is heard after it.
        _ = try await bench.redis.send(
            ["PUBLISH", RedisWord(QueueKeys().cancellations), RedisWord("\(bench.queue) \(id)")])
        #expect(try await bench.broker.cancel(other, in: bench.queue) == .requested)
        _ = try await bench.wait(for: other, toBe: .cancelled, within: .seconds(3))
        #expect(try await bench.job(id)?.state == .running)
        worker.cancel()
        try? await worker.ended()
    }

    @Test func `a job of the same id in another database runs on`() async throws {
        let (here, there) = (Signal(), Signal())
        let elsewhere = bench.server.client(database: 1)
        let neighbour = bench.start(on: elsewhere) { (_: Nothing, context) in
            there.send()
            try await context.sleep(for: .seconds(60))
            return JobOutput()
        }
        let worker = startSleeper(here)
        let id = try JobID("same")
        for broker in [bench.broker, Broker(redis: elsewhere)] {
            var job = NewJob(kind: bench.kind, queue: bench.queue, payload: try JobPayload(json: "{}"))
            job.id = id
            try await broker.enqueue(job)
        }
        try await here.wait()
        try await there.wait()
        try await waitForListener()
        #expect(try await bench.broker.cancel(id, in: bench.queue) == .requested)
        _ = try await bench.wait(for: id, toBe: .cancelled, within: .seconds(3))
        #expect(try await QueueInspector(broker: Broker(redis: elsewhere)).job(id)?.state == .running)
        for running in [worker, neighbour] { running.cancel() }
        try? await worker.ended()
        try? await neighbour.ended()
    }

    @Test func `what was missed is looked for when the worker listens again`() async throws {
        let started = Signal()
        let worker = startSleeper(started)
        let id = try await bench.enqueue()
        try await started.wait()
        try await waitForListener()
        // The mark of cancel.lua without its call.
        let name = try await bench.redis.send(["ZRANGE", .text(bench.keys.leases), 0, 0]).strings()[0]
        let key = RedisWord(bench.keys.running(WorkerID(unchecked: name)))
        let claim = try await bench.redis.send(["HGET", key, .text(id.description)]).string()
        _ = try await bench.redis.send(["HSET", key, .text(id.description), .text(claim + " cancel")])
        _ = try await bench.redis.send(["CLIENT", "KILL", "TYPE", "pubsub"])
        _ = try await bench.wait(for: id, toBe: .cancelled, within: .seconds(3))
        try await worker.stop()
    }
}
