import JobQueue
import Redis
import TestSupport
import Testing

@testable import Worker

/// The order between a pool's queues, with a worker and a Redis.
@Suite struct ServingOrderTests {
    let bench: WorkerBench
    let urgent: QueueName

    init() async throws {
        bench = try await WorkerBench()
        urgent = try QueueName("urgent")
    }

    private func plan(slots: Int, _ change: (inout WorkerPlan) -> Void) -> WorkerPlan {
        var plan = bench.plan(slots: slots)
        plan.queues.append(QueueRules(name: urgent))
        change(&plan)
        return plan
    }

    private func enqueueUrgent() async throws -> JobID {
        try await bench.broker.enqueue(NewJob(kind: bench.kind, queue: urgent)).id
    }

    @Test func `a reserved slot stays free under full load, and a slot that ends is filled at once`() async throws {
        let urgent = urgent
        let (started, released) = (Signal(), Signal())
        let worker = bench.start(plan(slots: 3) { $0.reserved = [urgent: 1] }) { (_: Nothing, context) in
            started.send("\(context.job.queue)")
            guard context.job.queue != urgent else { return JobOutput() }
            let number = started.count
            try await eventually("released", within: .seconds(30)) { released.count >= number }
            return JobOutput()
        }
        for _ in 0..<6 { try await bench.enqueue() }
        try await started.wait(for: 2)
        for _ in 0..<3 {
            _ = try await bench.wait(for: try await enqueueUrgent(), toBe: .succeeded, within: .seconds(3))
        }
        #expect(try await bench.inspector.counts(of: bench.queue).running == 2)
        // Each end makes room for the next job although the worker listens to the urgent queue only.
        for _ in 0..<12 { released.send() }
        try await eventually("all have run", within: .seconds(5)) {
            try await bench.inspector.counts(of: bench.queue).succeeded == 6
        }
        try await worker.stop()
    }

    @Test func `the calls of a queue that may not be asked are left to others`() async throws {
        let urgent = urgent
        let (started, released) = (Signal(), Signal())
        let worker = bench.start(plan(slots: 2) { $0.reserved = [urgent: 1] }) { (_: Nothing, _) in
            started.send()
            try await released.wait()
            return JobOutput()
        }
        try await bench.enqueue()
        try await started.wait()
        try await eventually("the worker listens") {
            try await bench.redis.send(["INFO", "clients"]).string().contains("blocked_clients:1")
        }
        try await bench.enqueue()
        #expect(try await bench.redis.send(["EXISTS", .text(bench.keys.wake)]).int() == 1)
        let idle = bench.start(bench.plan(slots: 1)) { (_: Nothing, _) in JobOutput(result: "2") }
        try await eventually("the other worker ran it") {
            try await bench.inspector.counts(of: bench.queue).succeeded == 1
        }
        released.send()
        for worker in [worker, idle] { try await worker.stop() }
    }

    @Test func `in strict order the first queue goes first, however many wait in the others`() async throws {
        let urgent = urgent
        let (order, ready) = (Signal(), Signal())
        for _ in 0..<5 { try await bench.enqueue() }
        for _ in 0..<3 { _ = try await enqueueUrgent() }
        var plan = plan(slots: 1) { $0.order = .strict }
        plan.queues.reverse()
        let worker = bench.start(plan) { (_: Nothing, context) in
            order.send("\(context.job.queue)")
            ready.send()
            return JobOutput()
        }
        try await ready.wait(for: 8)
        #expect(order.all == Array(repeating: "\(urgent)", count: 3) + Array(repeating: "q", count: 5))
        try await worker.stop()
    }
}
