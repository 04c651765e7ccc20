import JobQueue
import Redis
import TestSupport
import Testing

@testable import Worker

/// Which queues a worker serves while queues come, and what it tells a Redis that has forgotten them.
@Suite struct QueueSetTests {
    let desk: PolicyBench
    var bench: WorkerBench { desk.bench }

    init() async throws { desk = try await PolicyBench() }

    @Test func `a queue that is born while it runs is served by a worker of every queue`() async throws {
        let worker = try desk.start("every") { _ in }
        try await eventually("it is there", within: .seconds(30)) { try await desk.workers.count == 1 }
        let job = try await desk.enqueue(on: "born-by-a-producer")
        try await eventually("it has run", within: .seconds(30)) {
            try await bench.inspector.job(job)?.state == .succeeded
        }
        #expect(try await desk.workers[0].queues == ["q", "born-by-a-producer", "*"])
        // By a hand that calls nobody.
        _ = try await bench.redis.send(["SADD", .text(bench.broker.keyspace.queues), "born-in-silence"])
        try await eventually("it is served", within: .seconds(30)) {
            try await desk.workers[0].queues.contains("born-in-silence")
        }
        try await worker.stop()
    }

    @Test func `a queue that a child brings is served`() async throws {
        let child = NewJob(kind: bench.kind, queue: try QueueName("of-the-child"))
        var registry = JobRegistry()
        registry.register(bench.kind, ParentJob(child: child))
        let service = WorkerService(
            broker: bench.broker, policy: try desk.policy("every"), registry: registry, host: "test", pid: 1,
            logger: .quiet, endProcess: { _ in })
        let worker = RunningWorker(service)
        _ = try await bench.wait(for: try await bench.enqueue(), toBe: .succeeded)
        try await eventually("the child has run", within: .seconds(30)) {
            try await bench.inspector.counts(of: child.queue).succeeded == 1
        }
        try await worker.stop()
    }

    @Test func `a Redis that lost everything is told again what its queues ask`() async throws {
        try await desk.store("slots 1\nmost 3\nqueue q\nqueue r")
        let worker = try desk.start("slots 1")
        try await desk.obeyed(1)
        try await settings(are: "3")
        _ = try await bench.redis.send(["FLUSHALL"])
        try await settings(are: "3")
        try await eventually("the queues are on the list", within: .seconds(30)) {
            try await bench.inspector.queues().map(\.description) == ["q", "r"]
        }
        // Versions count from one again.
        #expect(try await desk.store("slots 2\nmost 5\nqueue q\nqueue r") == 1)
        try await eventually("the new version 1 is obeyed", within: .seconds(30)) {
            try await desk.workers.first?.slots == 2
        }
        try await settings(are: "5")
        try await worker.stop()
    }

    @Test func `settings that somebody removed or that an old snapshot brought back are set again`() async throws {
        try await desk.store("slots 1\nmost 3\nqueue q\nqueue r")
        let worker = try desk.start("slots 1")
        try await desk.obeyed(1)
        try await settings(are: "3")
        _ = try await bench.redis.send(["HDEL", .text(bench.keys.meta), "max_waiting"])
        try await settings(are: "3")
        _ = try await bench.redis.send(["HSET", .text(bench.keys.meta), "max_waiting", "9", "fresh_for", "1"])
        try await settings(are: "3")
        #expect(try await bench.redis.send(["HGET", .text(bench.keys.meta), "fresh_for"]) == .null)
        _ = try await bench.redis.send(["SREM", .text(bench.broker.keyspace.queues), "r"])
        try await eventually("r is on the list", within: .seconds(30)) {
            try await bench.inspector.queues().map(\.description) == ["q", "r"]
        }
        try await worker.stop()
    }

    @Test func `a worker that lags behind tells Redis nothing`() async throws {
        try await desk.store("slots 1\nmost 3")
        let worker = try desk.start("slots 1")
        try await desk.obeyed(1)
        try await settings(are: "3", of: ["q"])
        try await desk.store("of a newer program")
        try await bench.broker.configure(bench.queue, QueueSettings(maxWaiting: 8))
        let beat = try await desk.workers[0].heartbeatMilliseconds
        try await eventually("two heartbeats have passed", within: .seconds(30), every: .milliseconds(50)) {
            try await desk.workers[0].heartbeatMilliseconds > beat + 4_000
        }
        try await settings(are: "8", of: ["q"])
        try await worker.stop()
    }

    private func settings(are most: String, of queues: [String] = ["q", "r"]) async throws {
        try await eventually("max_waiting is \(most)", within: .seconds(30), every: .milliseconds(50)) {
            for queue in queues {
                let key = bench.broker.keyspace.of(try QueueName(queue)).meta
                let held = try await bench.redis.send(["HGET", .text(key), "max_waiting"])
                if try held.optionalString() != most { return false }
            }
            return true
        }
    }
}

private struct ParentJob: Job {
    let child: NewJob

    func run(_ payload: RawArguments, in context: JobContext) async throws -> JobOutput {
        context.job.queue == child.queue ? JobOutput() : JobOutput(children: [child])
    }
}
