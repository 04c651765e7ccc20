import Redis
import TestSupport
import Testing

@testable import JobQueue

@Suite struct BrokerTests {
    let bench: QueueBench
    private var broker: Broker { bench.broker }

    init() async throws { bench = try await QueueBench() }

    @Test func `jobs come out as they went in`() async throws {
        var job = try bench.job(awkwardID, payload: awkwardPayload)
        job.options.maxAttempts = 7
        let accepted = try await broker.enqueue([job, job])
        #expect(accepted.map(\.isNew) == [true, false])
        let leased = try #require(try await bench.fetch(5).first)
        #expect(leased.id.description == awkwardID)
        #expect(leased.envelope.payload == Array(awkwardPayload.utf8))
        #expect(JobOptions(text: leased.envelope.options) == job.options)
        #expect((leased.attempt, leased.worker, leased.queue) == (1, bench.w1, bench.queue))
        #expect(try await broker.claims.holds(leased))
    }

    @Test func `one bad job keeps all of a call out`() async throws {
        await #expect(throws: JobQueueError.self) {
            try await broker.enqueue([try bench.job("a"), try bench.job("b", priority: 101)])
        }
        #expect(try await bench.inspector.job(try JobID("a")) == nil)
    }

    @Test func `more jobs than one batch keep their order`() async throws {
        let ids = try await broker.enqueue(try (0..<1_200).map { _ in try bench.job() }).map(\.id)
        #expect(Set(ids).count == 1_200)
        var fetched: [JobID] = []
        while case let jobs = try await bench.fetch(256), !jobs.isEmpty { fetched += jobs.map(\.id) }
        #expect(fetched == ids)
    }

    @Test func `a lost claim cannot settle, retry, postpone, bury or enqueue children`() async throws {
        try await broker.enqueue(try bench.job("a"))
        let stale = try #require(try await bench.fetch().first)
        try await bench.expire(bench.w1)
        #expect(try await broker.maintenance.rescueExpired(in: bench.queue, maxCrashes: 3).rescued == 1)
        let current = try #require(try await bench.fetch(for: bench.w2).first)
        #expect(try await broker.claims.holds(stale) == false)
        #expect(try await broker.claims.holds(current))
        let before = try await Held.all(of: bench.redis)
        #expect(
            try await broker.claims.acknowledge([Completion(stale, output: JobOutput(children: [try bench.job()]))])
                == [false]
        )
        #expect(try await broker.claims.retry(stale, at: 0, because: bench.failure()) == .claimLost)
        #expect(try await broker.claims.postpone(stale, until: 0, because: "r") == .claimLost)
        #expect(try await broker.claims.deadLetter(stale, because: bench.failure()) == .claimLost)
        #expect(try await Held.all(of: bench.redis) == before)
        #expect(try await broker.claims.acknowledge([Completion(current)]) == [true])
    }

    @Test func `a job whose acknowledgement has a bad child stays claimed and nothing is written`() async throws {
        try await broker.enqueue(try bench.job("a"))
        let leased = try #require(try await bench.fetch().first)
        let before = try await Held.all(of: bench.redis)
        await #expect(throws: JobQueueError.self) {
            try await broker.claims.acknowledge([
                Completion(leased, output: JobOutput(children: [try bench.job(priority: 999)]))
            ])
        }
        let many = try (0...ClaimStore.childLimit).map { _ in try bench.job() }
        await #expect(throws: JobQueueError.self) {
            try await broker.claims.acknowledge([Completion(leased, output: JobOutput(children: many))])
        }
        #expect(try await Held.all(of: bench.redis) == before)
    }

    @Test func `children know their parent and have ids of its own`() async throws {
        try await broker.enqueue(try bench.job("a"))
        let leased = try #require(try await bench.fetch().first)
        var other = try bench.job()
        other.queue = try QueueName("other")
        #expect(
            try await broker.claims.acknowledge([
                Completion(leased, output: JobOutput(children: [try bench.job(), other, try bench.job("own")]))
            ])
                == [true])
        for (id, queue) in [("a:0", "q"), ("a:1", "other"), ("own", "q")] {
            let child = try #require(try await bench.inspector.job(try JobID(id)))
            #expect(child.queue.description == queue)
            #expect(JobOptions(text: child.envelope.options).parentID == "a")
        }
    }

    @Test func `a record that cannot be read is kept among the dead and the jobs beside it run`() async throws {
        try await broker.enqueue([try bench.job("a"), try bench.job("b")])
        _ = try await bench.redis.send(["HSET", .text(bench.keys.jobs), "a", "2w{another layout}"])
        #expect(try await bench.fetch(5).map(\.id.description) == ["b"])
        #expect(try await bench.counts().dead == 1)
        #expect(try await bench.counts().running == 1)
        #expect(try await bench.redis.send(["HGET", .text(bench.keys.jobs), "a"]).string() == "2D{another layout}")
    }

    @Test func `a dead worker's name cannot be used for fetching`() async throws {
        try await bench.expire(bench.w1)
        guard case .leaseLost = try await broker.claims.fetch(from: bench.queue, for: bench.w1, limit: 1) else {
            Issue.record("a worker without a lease was served")
            return
        }
        #expect(try await broker.claims.extendLease(on: bench.queue, of: bench.w1, lease: .seconds(9)) == nil)
        #expect(try await broker.claims.extendLease(on: bench.queue, of: bench.w2, lease: .seconds(9)) != nil)
    }

    @Test func `jobs of an orderly leave are rescued at once`() async throws {
        try await broker.enqueue(try bench.job("a"))
        _ = try await bench.fetch()
        try await broker.claims.leave(bench.queue, as: bench.w1)
        let report = try await broker.maintenance.rescueExpired(in: bench.queue, maxCrashes: 3, isTrusted: false)
        #expect((report.workers, report.rescued, report.dead) == (["w1"], 1, 0))
        let again = try #require(try await bench.fetch(for: bench.w2).first)
        #expect((again.attempt, again.envelope.crashes, again.envelope.losses) == (1, 0, 1))
        #expect(again.envelope.missing == [] && again.hasBegunBefore)
        #expect(JobEvent.list(again.envelope.events).first?.event == "lease-lost")
    }

    @Test func `a death that was seen is a crash whatever the lease says`() async throws {
        try await broker.enqueue(try bench.job("a"))
        _ = try await bench.fetch()
        let report = try await broker.maintenance.rescueDead(
            bench.w1, in: bench.queue, maxCrashes: 3, reason: "it \"left\"\n")
        #expect((report.workers, report.rescued, report.dead) == (["w1"], 1, 0))
        let again = try #require(try await bench.fetch(for: bench.w2).first)
        #expect((again.attempt, again.envelope.crashes, again.envelope.losses) == (1, 1, 0))
        #expect(JobEvent.list(again.envelope.events).first?.detail == "it \"left\"\n")
    }

    @Test func `a paused queue is told as such and resumes`() async throws {
        try await broker.enqueue(try bench.job("a"))
        try await broker.pause(bench.queue, for: .seconds(60), reason: String(repeating: "r", count: 300))
        guard case .paused = try await broker.claims.fetch(from: bench.queue, for: bench.w1, limit: 1) else {
            Issue.record("a paused queue gave a job")
            return
        }
        #expect(try await bench.counts().pausedBecause?.count == 200)
        #expect(try await broker.resume(bench.queue))
        #expect(try await !broker.resume(bench.queue))
        #expect(try await bench.fetch().count == 1)
    }

    @Test func `only one worker at a time has the maintenance lease`() async throws {
        #expect(try await broker.maintenance.takeMaintenance(as: bench.w1, for: .seconds(5)))
        #expect(try await !broker.maintenance.takeMaintenance(as: bench.w2, for: .seconds(5)))
        #expect(try await broker.maintenance.takeMaintenance(as: bench.w1, for: .seconds(5)))
    }

    @Test func `scripts that Redis forgot are loaded again`() async throws {
        try await broker.enqueue(try bench.job("a"))
        _ = try await bench.redis.send(["SCRIPT", "FLUSH"])
        let leased = try #require(try await bench.fetch().first)
        _ = try await bench.redis.send(["SCRIPT", "FLUSH"])
        #expect(try await broker.claims.acknowledge([Completion(leased)]) == [true])
    }

    @Test func `a server that is gone is an error that names it`() async throws {
        var options = RedisOptions()
        options.waitForConnection = .milliseconds(50)
        let address = try RedisAddress("redis://127.0.0.1:1/0")
        let client = RedisClient(address: address, options: options, logger: .quiet)
        await #expect {
            try await Broker(redis: client).enqueue(try bench.job())
        } throws: { error in
            guard case JobQueueError.redis(.unreachable) = error else { return false }
            return "\(error)".contains("127.0.0.1:1")
        }
    }
}
