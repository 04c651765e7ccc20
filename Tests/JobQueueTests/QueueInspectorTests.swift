import Redis
import Testing

@testable import JobQueue

@Suite struct QueueInspectorTests {
    let bench: QueueBench
    private var broker: Broker { bench.broker }

    init() async throws { bench = try await QueueBench() }

    private func start(_ id: String) async throws -> LeasedJob {
        try await broker.enqueue(try bench.job(id, priority: 100))
        return try #require(try await bench.fetch().first)
    }

    /// One job for each state that this version has.
    private func oneOfEach() async throws -> [JobState: JobID] {
        let succeeded = try await start("succeeded")
        _ = try await broker.claims.acknowledge([Completion(succeeded, output: JobOutput(result: "7"))])
        let expired = try await start("expired")
        _ = try await broker.claims.acknowledge([Completion(expired, .expired)])
        let dead = try await start("dead")
        _ = try await broker.claims.deadLetter(dead, because: bench.failure())
        let retrying = try await start("retrying")
        _ = try await broker.claims.retry(retrying, at: try await broker.clock.now() + 60_000, because: bench.failure())
        try await broker.enqueue(try bench.job("scheduled", start: .after(milliseconds: 60_000)))
        _ = try await start("running")
        try await broker.enqueue([try bench.job("ready"), try bench.job("cancelled")])
        _ = try await broker.cancel(try JobID("cancelled"), in: bench.queue)
        let states: [JobState] = [.succeeded, .expired, .dead, .retrying, .scheduled, .running, .ready, .cancelled]
        return Dictionary(uniqueKeysWithValues: try states.map { ($0, try JobID($0.rawValue)) })
    }

    @Test func `a job is found in every state`() async throws {
        for (state, id) in try await oneOfEach() { #expect(try await bench.state(of: id) == state) }
        let running = try #require(try await bench.inspector.job(try JobID("running")))
        #expect(running.worker == "w1" && running.startedMilliseconds != nil)
        #expect(try await bench.inspector.job(try JobID("retrying"))?.dueMilliseconds != nil)
        #expect(try await bench.inspector.job(try JobID("nobody")) == nil)
    }

    @Test func `the list of each state has its job and no other`() async throws {
        let jobs = try await oneOfEach()
        // The cancelled one still stands in line; its turn moves it to the finished ones.
        #expect(try await bench.fetch(for: bench.w2).map(\.id.description) == ["ready"])
        try await broker.claims.leave(bench.queue, as: bench.w2)
        _ = try await broker.maintenance.rescueExpired(in: bench.queue, maxCrashes: 3)
        #expect(try await bench.fetch(0 + 1).map(\.id.description) == ["ready"])
        #expect(try await bench.fetch().isEmpty)
        for state in JobState.allCases where state != .ready && state != .running {
            let found = try await bench.inspector.jobs(in: bench.queue, state: state, limit: 10)
            #expect(found.map(\.id) == jobs[state].map { [$0] } ?? [], "\(state)")
            #expect(found.allSatisfy { $0.state == state })
        }
        let running = try await bench.inspector.jobs(in: bench.queue, state: .running, limit: 10)
        #expect(Set(running.map(\.id.description)) == ["running", "ready"])
        #expect(try await bench.inspector.jobs(in: bench.queue, state: .ready, limit: 10).isEmpty)
    }

    @Test func `counts equal what was done`() async throws {
        _ = try await oneOfEach()
        let counts = try await bench.counts()
        #expect((counts.ready, counts.running, counts.scheduled, counts.retrying, counts.dead) == (1, 1, 1, 1, 1))
        #expect((counts.enqueued, counts.succeeded, counts.crashes, counts.ticksSkipped) == (8, 1, 0, 0))
        #expect((counts.processedLastMinute, counts.failedLastMinute) == (2, 2))
        #expect(counts.pausedBecause == nil)
        #expect((0..<60_000).contains(counts.oldestWaitMilliseconds))
        #expect(try await bench.inspector.queues() == [bench.queue])
    }

    @Test func `an unknown queue counts nothing`() async throws {
        let name = try QueueName("nobody")
        #expect(try await bench.inspector.counts(of: name) == QueueCounts(name: "nobody"))
    }

    @Test func `ready jobs are listed in the order in which they are taken`() async throws {
        let priorities = [0, -5, 9, 0, 9, -1]
        try await broker.enqueue(try priorities.enumerated().map { try bench.job("j\($0)", priority: $1) })
        let listed = try await bench.inspector.jobs(in: bench.queue, state: .ready, limit: 100).map(\.id)
        #expect(listed.map(\.description) == ["j2", "j4", "j0", "j3", "j5", "j1"])
        #expect(
            try await bench.inspector.jobs(in: bench.queue, state: .ready, limit: 2).map(\.id)
                == Array(listed.prefix(2)))
        #expect(try await bench.fetch(10).map(\.id) == listed)
    }

    @Test(arguments: [JobState.scheduled, .ready, .running, .retrying, .succeeded, .dead])
    func `a job is cancelled in the state it is in`(_ state: JobState) async throws {
        let id = try #require(try await oneOfEach()[state])
        let answer = try await broker.cancel(id, in: bench.queue)
        switch state {
        case .running:
            #expect(answer == .requested)
            for (worker, ids) in [(bench.w1, [id]), (bench.w2, [])] {
                let known = try await broker.claims.extendLease(on: bench.queue, of: worker, lease: .seconds(60))
                #expect(known?.cancelled == ids)
            }
            #expect(try await bench.state(of: id) == .running)
        case .succeeded, .dead:
            #expect(answer == .finished)
            #expect(try await bench.state(of: id) == state)
        default:
            #expect(answer == .cancelled)
            #expect(try await bench.state(of: id) == .cancelled)
        }
        #expect(try await broker.cancel(try JobID("nobody"), in: bench.queue) == .missing)
    }

    @Test func `a running job that was asked to stop is neither retried nor put back`() async throws {
        let leased = try await start("a")
        #expect(try await broker.cancel(leased.id, in: bench.queue) == .requested)
        #expect(try await broker.claims.retry(leased, at: 0, because: bench.failure()) == .cancelRequested)
        #expect(try await broker.claims.postpone(leased, until: 0, because: "r") == .cancelRequested)
        #expect(try await broker.claims.acknowledge([Completion(leased, .cancelled)]) == [true])
        #expect(try await bench.state(of: leased.id) == .cancelled)
    }

    @Test func `requeued jobs have all their attempts and their history`() async throws {
        let leased = try await start("a")
        _ = try await broker.claims.deadLetter(leased, because: bench.failure())
        let dead = try await bench.inspector.jobs(in: bench.queue, state: .dead, limit: 10)
        #expect(try await broker.deadLetters.requeueDead(dead + dead, in: bench.queue) == 1)
        let again = try #require(try await bench.fetch().first)
        #expect((again.attempt, again.envelope.crashes, again.envelope.outcome) == (1, 0, ""))
        #expect(JobEvent.list(again.envelope.events).map(\.event) == ["requeued", "dead"])
        #expect(try await broker.deadLetters.requeueDead(dead, in: bench.queue) == 0)
    }

    @Test func `discarded jobs are forgotten, and only dead ones`() async throws {
        let jobs = try await oneOfEach()
        #expect(try await broker.deadLetters.discardDead(Array(jobs.values), in: bench.queue) == 1)
        #expect(try await bench.inspector.job(try JobID("dead")) == nil)
        for (state, id) in jobs where state != .dead { #expect(try await bench.state(of: id) == state) }
    }

    @Test func `finished jobs are swept by their age`() async throws {
        _ = try await oneOfEach()
        #expect(try await broker.maintenance.sweepFinished(in: bench.queue, olderThan: .seconds(60)) == 0)
        #expect(try await broker.maintenance.sweepFinished(in: bench.queue, olderThan: .seconds(-60)) == 2)
        #expect(try await bench.inspector.job(try JobID("succeeded")) == nil)
        #expect(try await bench.state(of: try JobID("dead")) == .dead)
    }
}
