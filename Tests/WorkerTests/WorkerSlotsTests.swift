import JobQueue
import Synchronization
import TestSupport
import Testing

@testable import Worker

/// The slots of a worker: tasks that take claimed jobs out of one line.
@Suite struct WorkerSlotsTests {
    let bench: WorkerBench

    init() async throws { bench = try await WorkerBench() }

    private func items(_ count: Int) async throws -> [WorkerSlots.Item] {
        try await bench.broker.enqueue((0..<count).map { _ in NewJob(kind: bench.kind, queue: bench.queue) })
        var random = SeededRandom(seed: 1)
        let worker = WorkerID(host: "h", pid: 1, using: &random)
        try await bench.broker.claims.join(bench.queue, as: worker, lease: .seconds(60))
        guard case .jobs(let jobs) = try await bench.broker.claims.fetch(from: bench.queue, for: worker, limit: count)
        else {
            return []
        }
        return jobs.map {
            WorkerSlots.Item(
                attempt: Attempt(job: $0, deadline: .now + .seconds(60)),
                queue: ActivePolicy(bench.plan(), bench.broker).current[bench.queue])
        }
    }

    @Test func `each job in line is run once, whatever the number of slots`() async throws {
        let items = try await items(200)
        for most in [1, 3, 64] {
            let ran = Signal()
            let slots = WorkerSlots(most: most, runtime: WorkerRuntime(broker: bench.broker)) {
                ran.send("\($0.attempt.job.id)")
            }
            for start in stride(from: 0, to: 200, by: 40) { slots.put(Array(items[start..<start + 40])) }
            try await ran.wait(for: 200)
            #expect(Set(ran.all) == Set(items.map { "\($0.attempt.job.id)" }))
            slots.close()
        }
    }

    @Test func `jobs that wait do not keep others from beginning`() async throws {
        let items = try await items(40)
        let (begun, gate) = (Signal(), Latch())
        let slots = WorkerSlots(most: 40, runtime: WorkerRuntime(broker: bench.broker)) { _ in
            begun.send()
            await gate.wait()
        }
        slots.put(items)
        // All of them at once, though no one has ended.
        try await begun.wait(for: 40)
        gate.open()
        slots.close()
    }

    @Test func `what stops one job does not reach the next one of its slot`() async throws {
        let items = try await items(3)
        let (ends, clock) = (Signal(), ManualClock())
        let slots = WorkerSlots(most: 1, runtime: WorkerRuntime(broker: bench.broker)) { item in
            let isFirst = item.attempt === items[0].attempt
            if isFirst { try? await clock.sleep(for: .seconds(60)) }
            ends.send("\(isFirst) \(Task.isCancelled)")
        }
        slots.put([items[0]])
        try await clock.waitForSleepers()
        items[0].attempt.stop(.timedOut, at: .now)
        try await ends.wait(for: 1)
        slots.put([items[1], items[2]])
        try await ends.wait(for: 3)
        #expect(ends.all == ["true true", "false false", "false false"])
        slots.close()
    }

    @Test func `a job that has ended is not cancelled any more`() async throws {
        let item = try #require(try await items(1).first)
        let wasCancelled = Mutex(false)
        item.attempt.started { wasCancelled.withLock { $0 = true } }
        #expect(item.attempt.end() == nil)
        item.attempt.stop(.shutdown, at: .now)
        #expect(item.attempt.stopReason == nil && !wasCancelled.withLock { $0 })
    }
}
