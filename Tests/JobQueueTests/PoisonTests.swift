import Redis
import Synchronization
import TestSupport
import Testing

@testable import JobQueue

/// A job that kills every worker it runs on, among neighbours that do no harm.
@Suite struct PoisonTests {
    private final class Hall: Sendable {
        let now = Mutex<Int64>(1_700_000_000_000)
    }

    /// - Parameter seen: whether a supervisor sees each death; else the leases end.
    @Test(arguments: [true, false])
    func `it dies after three crashes, and none of 31 neighbours does`(_ seen: Bool) async throws {
        let redis = try await SharedServer.client()
        let hall = Hall()
        let broker = Broker(redis: redis, clock: RedisClock(redis: redis, given: { hall.now.withLock { $0 } }))
        let queue = try QueueName("q")
        let inspector = QueueInspector(broker: broker)
        let ids = try (0..<32).map { try JobID("j\($0)") }
        try await broker.enqueue(ids.map { NewJob(id: $0, kind: try JobKind("k"), queue: queue) })
        var deaths = 0
        for number in 0..<100 {
            let worker = WorkerID(unchecked: "w\(number)")
            try await broker.claims.join(queue, as: worker, lease: .seconds(8))
            guard case .jobs(let jobs) = try await broker.claims.fetch(from: queue, for: worker, limit: 32) else {
                break
            }
            if jobs.contains(where: { $0.id == ids[7] }) {
                deaths += 1
                // Back at full speed after the first death, alone of its sort before the last.
                if deaths == 2 { #expect(jobs.count == 32) }
                if deaths == 3 { #expect(jobs.count == 1) }
                if seen {
                    _ = try await broker.maintenance.rescueDead(worker, in: queue, maxCrashes: 3, reason: "gone")
                } else {
                    hall.now.withLock { $0 += 8_000 }
                    _ = try await broker.maintenance.rescueExpired(in: queue, maxCrashes: 3)
                }
            } else {
                _ = try await broker.claims.acknowledge(jobs.map { Completion($0) })
                try await broker.claims.leave(queue, as: worker)
                hall.now.withLock { $0 += 1_000 }
            }
            _ = try await broker.maintenance.judgeMissing(in: queue, maxCrashes: 3)
        }
        let counts = try await inspector.counts(of: queue)
        #expect((counts.dead, counts.succeeded, deaths) == (1, 31, 3))
        let dead = try #require(try await inspector.job(ids[7]))
        #expect((dead.state, dead.envelope.crashes) == (.dead, 3))
        #expect(dead.failure?.type == "crash")
        #expect(try await QueueAuditor(broker: broker).audit().isClean)
        await redis.close()
    }

    @Test func `leases that are lost twenty times while workers live end a job without blaming them`() async throws {
        let bench = try await QueueBench()
        try await bench.broker.enqueue(try bench.job("a"))
        for number in 1...20 {
            let worker = WorkerID(unchecked: "v\(number)")
            try await bench.broker.claims.join(bench.queue, as: worker, lease: .seconds(600))
            #expect(try await bench.fetch(for: worker).count == 1, "\(number)")
            try await bench.lapse(worker)
            _ = try await bench.broker.maintenance.rescueExpired(in: bench.queue, maxCrashes: 3)
            // It comes back under another name.
            try await bench.broker.claims.leave(bench.queue, as: worker)
        }
        #expect(try await bench.fetch().count == 1)
        try await bench.broker.claims.leave(bench.queue, as: bench.w1)
        let report = try await bench.broker.maintenance.rescueExpired(in: bench.queue, maxCrashes: 3)
        #expect((report.rescued, report.dead) == (0, 1))
        let job = try #require(try await bench.inspector.job(try JobID("a")))
        #expect((job.failure?.type, job.envelope.crashes) == ("lease-lost", 0))
    }
}
