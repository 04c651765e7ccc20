import Redis
import TestSupport
import Testing

@testable import JobQueue

/// What a queue asks of its producers, and jobs that are parked, through the broker.
@Suite struct QueueSettingsTests {
    @Test func `a full queue says what waits in it and what to do`() async throws {
        let bench = try await QueueBench()
        try await bench.broker.configure(bench.queue, QueueSettings(maxWaiting: 2))
        try await bench.broker.enqueue([try bench.job(), try bench.job()])
        await #expect {
            try await bench.broker.enqueue([try bench.job("a"), try bench.job("b")])
        } throws: { error in
            error as? JobQueueError == .queueFull(queue: "q", waiting: 2, limit: 2)
                && "\(error)" == "Queue 'q' takes no more: 2 jobs wait, and its limit is 2. Try again later, or raise "
                    + "max_waiting in schedules.yaml."
        }
        #expect(try await bench.inspector.job(try JobID("a")) == nil)
        try await bench.broker.configure(bench.queue, QueueSettings())
        #expect(try await bench.broker.enqueue(try bench.job("a")).isNew)
    }

    @Test func `a job that says nothing stays fresh as long as its queue says`() async throws {
        let bench = try await QueueBench()
        try await bench.broker.configure(bench.queue, QueueSettings(freshForMilliseconds: 5_000))
        var own = try bench.job("own")
        own.freshForMilliseconds = 70_000
        try await bench.broker.enqueue([try bench.job("plain"), own])
        let parent = try #require(try await bench.fetch().first)
        _ = try await bench.broker.claims.acknowledge([
            Completion(parent, output: JobOutput(children: [try bench.job("child")]))
        ])
        let later = NewJob(id: try JobID("tick"), kind: try JobKind("k"), queue: bench.queue)
        var tick = Tick(entry: "e", nominalMilliseconds: 1, queue: bench.queue)
        tick.members = [Tick.Member(job: later)]
        _ = try await bench.broker.schedules.tick(tick, epoch: 1)
        for (id, length) in [("plain", 5_000), ("own", 70_000), ("child", 5_000), ("tick", 5_000)] {
            let job = try #require(try await bench.inspector.job(try JobID(id)))
            let until = try #require(JobOptions(text: job.envelope.options).freshUntilMilliseconds)
            #expect(until - job.envelope.enqueuedMilliseconds == Int64(length), "\(id)")
        }
        try await bench.broker.configure(bench.queue, QueueSettings())
        try await bench.broker.enqueue(try bench.job("for-ever"))
        let job = try #require(try await bench.inspector.job(try JobID("for-ever")))
        #expect(job.envelope.options.isEmpty)
    }

    @Test func `a queue that demands the disk has it when every step is written`() async throws {
        let server = try await TemporaryRedis.start(.init(appendOnly: true, arguments: ["--appendfsync", "always"]))
        let bench = try await QueueBench(redis: server.client())
        try await bench.broker.configure(bench.queue, QueueSettings(durability: .fsync))
        #expect(try await bench.broker.enqueue([try bench.job("a"), try bench.job("b")]).map(\.isNew) == [true, true])
        #expect(try await bench.broker.enqueue(try bench.job("a")).isNew == false)
        try await server.restart()
        #expect(try await bench.fetch(5).map(\.id.description) == ["a", "b"])
        try await server.stop()
    }

    @Test func `what cannot be proved is told and enqueueing it again does no harm`() async throws {
        let server = try await TemporaryRedis.start(.init(appendOnly: true, arguments: ["--appendfsync", "everysec"]))
        let bench = try await QueueBench(redis: server.client())
        // WAITAOF, which proves it here too, came with Redis 7.2.
        let info = try await bench.redis.send(["INFO", "server"]).string()
        guard info.contains("redis_version:7.0") || info.contains("redis_version:6.") else { return }
        // Another process set it.
        let operators = Broker(redis: bench.redis)
        try await operators.configure(bench.queue, QueueSettings(durability: .fsync))
        await #expect {
            try await bench.broker.enqueue(try bench.job("a"))
        } throws: { error in
            guard case JobQueueError.notDurable("q", ["a"], _) = error else { return false }
            return "\(error)".hasPrefix("Queue 'q' demands that jobs are on disk (durability: fsync), and that is not ")
        }
        #expect(try await bench.state(of: try JobID("a")) == .ready)
        try await operators.configure(bench.queue, QueueSettings())
        #expect(
            try await operators.enqueue(try bench.job("a"))
                == EnqueuedJob(
                    id: try JobID("a"), queue: bench.queue, answer: .integer(0)))
        #expect(try await bench.counts().ready == 1)
        try await server.stop()
    }

    @Test func `parked jobs are counted, listed and found by what they wait for`() async throws {
        let bench = try await QueueBench()
        let gate = Gate.kind(try JobKind("k"), version: 2)
        try await bench.broker.enqueue(try ["crash", "parent", "parked"].map { try bench.job($0) })
        _ = try await bench.fetch(for: bench.w2)
        try await bench.expire(bench.w2)
        _ = try await bench.broker.maintenance.rescueExpired(in: bench.queue, maxCrashes: 2)
        guard
            case .jobs(let jobs) = try await bench.broker.claims.fetch(
                from: bench.queue, for: bench.w1, limit: 5, takesCrashed: false)
        else { return }
        let completion = Completion(jobs[0], output: JobOutput(children: [try bench.job("child")], batch: BatchPlan()))
        #expect(try await bench.broker.claims.acknowledge([completion]) == [true])
        #expect(try await bench.broker.claims.park(jobs[1], at: gate, because: "no such version here") == .settled)
        var capped = try ["first", "next"].map { try bench.job($0, priority: 1) }
        for index in capped.indices { capped[index].options.concurrencyKey = "c" }
        try await bench.broker.enqueue(capped)
        _ = try await bench.broker.claims.fetch(from: bench.queue, for: bench.w1, limit: 2, takesCrashed: false)

        let counts = try await bench.counts()
        #expect((counts.ready, counts.held, counts.parked, counts.waiting, counts.running) == (2, 2, 2, 1, 1))
        #expect(try await bench.broker.maintenance.parked(in: bench.queue) == [ParkedJobs(gate: gate, count: 1)])
        #expect(try await bench.broker.claims.hasReady(bench.queue))
        for (state, id, reason) in [
            (JobState.waiting, "parent", "batch"), (.parked, "parked", "kind=k@2"), (.parked, "next", "cap=c"),
        ] {
            let listed = try await bench.inspector.jobs(in: bench.queue, state: state, limit: 10)
            #expect(listed.allSatisfy { $0.state == state })
            #expect(listed.first { $0.id.description == id }?.heldBy == reason)
            let found = try #require(try await bench.inspector.job(try JobID(id)))
            #expect(found.state == state && found.heldBy == reason)
        }
        let ready = try await bench.inspector.jobs(in: bench.queue, state: .ready, limit: 10)
        #expect(ready.map(\.id.description) == ["child", "crash"])
        #expect(ready.map(\.heldBy) == [nil, "crashed"])
        #expect(try await bench.state(of: try JobID("crash")) == .ready)
    }

    @Test func `a parked job runs once its gate opens, with its attempts and its checkpoint`() async throws {
        let bench = try await QueueBench()
        let gate = Gate.kind(try JobKind("k"), version: 2)
        try await bench.broker.enqueue(try bench.job("a"))
        let first = try #require(try await bench.fetch().first)
        let told = try #require(try await bench.broker.claims.checkpoint(first, try JobPayload(json: #"{"step":3}"#)))
        #expect(try await bench.broker.claims.park(told, at: gate, because: "r") == .settled)
        #expect(try await bench.broker.claims.checkpoint(told, .none) == nil)
        #expect(try await bench.fetch().isEmpty)
        guard
            case .jobs(let jobs) = try await bench.broker.claims.fetchParked(
                at: gate, from: bench.queue, for: bench.w2, limit: 5)
        else { return }
        #expect(jobs.map(\.attempt) == [1])
        #expect(JobOptions(text: jobs.first?.envelope.options ?? "").checkpoint == #"{"step":3}"#)
        #expect(try await bench.broker.maintenance.parked(in: bench.queue) == [])
    }

    @Test func `a checkpoint above the limit is refused`() async throws {
        let bench = try await QueueBench()
        try await bench.broker.enqueue(try bench.job("a"))
        let job = try #require(try await bench.fetch().first)
        let long = try JobPayload(json: "\"" + String(repeating: "x", count: ClaimStore.checkpointLimitBytes) + "\"")
        await #expect(throws: JobQueueError.self) { try await bench.broker.claims.checkpoint(job, long) }
    }

    @Test func `a dead job is replaced by an edited one that knows it`() async throws {
        let bench = try await QueueBench()
        try await bench.broker.enqueue([try bench.job("a"), try bench.job("b")])
        let jobs = try await bench.fetch(2)
        _ = try await bench.broker.claims.deadLetter(jobs[0], because: bench.failure())
        let id = try JobID("a")
        await #expect(throws: JobQueueError.self) {
            try await bench.broker.deadLetters.replaceDead(id, in: bench.queue, with: try bench.job("b"))
        }
        #expect(try await bench.state(of: id) == .dead)
        #expect(
            try await bench.broker.deadLetters.replaceDead(
                id, in: bench.queue, with: try bench.job("c", payload: "[2]")))
        #expect(try await !bench.broker.deadLetters.replaceDead(id, in: bench.queue, with: try bench.job("d")))
        #expect(try await bench.state(of: id) == .cancelled)
        let new = try #require(try await bench.fetch().first)
        #expect(JobOptions(text: new.envelope.options).origin == "a")
        #expect(try await QueueAuditor(broker: bench.broker).audit().isClean)
    }
}
