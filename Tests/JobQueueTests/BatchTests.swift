import Redis
import Testing

@testable import JobQueue

/// Jobs that wait for their children, through the broker.
@Suite struct BatchTests {
    let bench: QueueBench
    private var broker: Broker { bench.broker }

    init() async throws { bench = try await QueueBench() }

    /// Starts a job and lets it wait.
    private func wait(
        _ id: String, for children: [NewJob], plan: BatchPlan = BatchPlan(), result: String = ""
    ) async throws {
        try await broker.enqueue(try bench.job(id, priority: 100))
        try await wait(try #require(try await bench.fetch().first), for: children, plan: plan, result: result)
    }

    private func wait(
        _ job: LeasedJob, for children: [NewJob], plan: BatchPlan = BatchPlan(), result: String = ""
    ) async throws {
        let completion = Completion(job, output: JobOutput(result: result, children: children, batch: plan))
        #expect(try await broker.claims.acknowledge([completion]) == [true])
    }

    /// Runs every job that is ready now.
    private func runAll(_ queue: QueueName? = nil) async throws {
        let queue = queue ?? bench.queue
        try await broker.claims.join(queue, as: bench.w1, lease: .seconds(600))
        guard case .jobs(let jobs) = try await broker.claims.fetch(from: queue, for: bench.w1, limit: 100) else {
            return
        }
        for job in jobs {
            let completion = Completion(job, output: JobOutput(result: "\"\(job.id)\""))
            #expect(try await broker.claims.acknowledge([completion]) == [true])
        }
    }

    private func outcome(_ id: String) async throws -> String {
        try #require(try await bench.inspector.job(try JobID(id))).envelope.outcome
    }

    @Test func `a job completes with the results of its children and is followed`() async throws {
        var follow = try bench.job()
        follow.payload = try JobPayload(json: "[7]")
        try await wait(
            "p", for: [bench.job(), bench.job("own")], plan: BatchPlan(followUp: follow), result: "1")
        #expect(try await bench.state(of: try JobID("p")) == .waiting)
        try await runAll()
        #expect(try await bench.state(of: try JobID("p")) == .succeeded)
        #expect(
            try await outcome("p")
                == #"{"result":{"own":1,"children":{"own":"own","p:0":"p:0"},"failed":{}}}"#)
        let next = try #require(try await bench.fetch().first)
        #expect(next.id.description == "p:then" && next.envelope.payload == Array("[7]".utf8))
        #expect(JobOptions(text: next.envelope.options).parentID == "p")
        #expect(try await bench.redis.send(["EXISTS", .text(bench.keys.batch(try JobID("p")))]).int() == 0)
    }

    @Test func `a follow-up that could not be enqueued is refused with its batch`() async throws {
        let long = String(repeating: "p", count: 126)
        try await broker.enqueue(try bench.job(long))
        let job = try #require(try await bench.fetch().first)
        func end(_ follow: NewJob) -> Completion {
            Completion(job, output: JobOutput(children: [child], batch: BatchPlan(followUp: follow)))
        }
        let child = try bench.job("c")
        // Its id would come from one that leaves no room for it.
        await #expect(throws: JobQueueError.self) { try await broker.claims.acknowledge([end(try bench.job())]) }
        #expect(try await bench.state(of: job.id) == .running)
        var follow = try bench.job("own")
        follow.freshForMilliseconds = 5_000
        #expect(try await broker.claims.acknowledge([end(follow)]) == [true])
        try await runAll()
        #expect(try await bench.state(of: job.id) == .succeeded)
        let next = try #require(try await bench.inspector.job(try JobID("own")))
        #expect(next.state == .ready && JobOptions(text: next.envelope.options).parentID == long)
        #expect(JobOptions(text: next.envelope.options).freshUntilMilliseconds != nil)
    }

    @Test func `results that are too large together are left out, and that is said`() async throws {
        try await wait("p", for: [bench.job("a"), bench.job("b")])
        guard case .jobs(let jobs) = try await broker.claims.fetch(from: bench.queue, for: bench.w1, limit: 9) else {
            return
        }
        let large = "\"" + String(repeating: "x", count: 40_000) + "\""
        for job in jobs { _ = try await broker.claims.acknowledge([Completion(job, output: JobOutput(result: large))]) }
        #expect(
            try await outcome("p") == #"{"result":{"own":null,"children":{"a":\#(large),"b":null},"failed":{},"#
                + #""truncated":true}}"#)
    }

    @Test func `children of another queue report to the queue of their parent`() async throws {
        var child = try bench.job("c")
        child.queue = try QueueName("other")
        try await wait("p", for: [child])
        try await runAll(child.queue)
        #expect(try await bench.state(of: try JobID("p")) == .succeeded)
    }

    /// All in one queue: the notice of the middle one comes while that of the last is delivered.
    @Test func `a child that waits itself completes its parent in the same step`() async throws {
        try await wait("a", for: [bench.job("b")])
        try await wait(try #require(try await bench.fetch().first), for: [bench.job("c")])
        try await wait(try #require(try await bench.fetch().first), for: [bench.job("d")])
        #expect(try await bench.counts().waiting == 3)
        try await runAll()
        #expect(try await bench.counts().waiting == 0)
        #expect(
            try await outcome("a").contains(#""b":{"own":null,"children":{"c":{"own":null,"children":{"d":"d"}"#))
        #expect(try await QueueAuditor(broker: broker).audit().isClean)
    }

    @Test func `a chain of waiting jobs over two queues completes from its end`() async throws {
        var middle = try bench.job("b")
        middle.queue = try QueueName("other")
        try await wait("a", for: [middle])
        try await broker.claims.join(middle.queue, as: bench.w1, lease: .seconds(600))
        guard case .jobs(let jobs) = try await broker.claims.fetch(from: middle.queue, for: bench.w1, limit: 1) else {
            return
        }
        try await wait(try #require(jobs.first), for: [bench.job("c")])
        try await runAll()
        #expect(try await bench.state(of: try JobID("b")) == .succeeded)
        #expect(try await bench.state(of: try JobID("a")) == .succeeded)
    }

    @Test func `a job that would wait for its own parent fails and so does the parent`() async throws {
        try await wait("a", for: [bench.job("b")])
        try await wait(try #require(try await bench.fetch().first), for: [bench.job("a")])
        for id in ["a", "b"] {
            #expect(try await bench.state(of: try JobID(id)) == .dead)
            #expect(JobFailure(outcome: try await outcome(id))?.type == "child-failed")
        }
        #expect(try await QueueAuditor(broker: broker).audit().isClean)
    }

    @Test func `a job cannot wait for itself`() async throws {
        try await broker.enqueue(try bench.job("a"))
        let job = try #require(try await bench.fetch().first)
        await #expect(throws: JobQueueError.self) {
            try await broker.claims.acknowledge([
                Completion(job, output: JobOutput(children: [try bench.job("a")], batch: BatchPlan()))
            ])
        }
        #expect(try await broker.claims.holds(job))
    }

    @Test func `two jobs of one call cannot both wait`() async throws {
        try await broker.enqueue([try bench.job("a"), try bench.job("b")])
        let completions = try await bench.fetch(2).map {
            Completion($0, output: JobOutput(children: [try bench.job()], batch: BatchPlan()))
        }
        await #expect(throws: JobQueueError.self) { try await broker.claims.acknowledge(completions) }
        #expect(try await bench.counts().running == 2)
    }

    @Test func `with a job that waits its children are cancelled down to the last`() async throws {
        var other = try bench.job("far")
        other.queue = try QueueName("other")
        try await wait("a", for: [bench.job("b", priority: 9), other, bench.job("runs", priority: 5)])
        try await wait(try #require(try await bench.fetch().first), for: [bench.job("c")])
        let running = try #require(try await bench.fetch().first)
        #expect(running.id.description == "runs")
        #expect(try await broker.cancel(try JobID("a"), in: bench.queue) == .cancelled)
        for id in ["a", "b", "c", "far"] { #expect(try await bench.state(of: try JobID(id)) == .cancelled, "\(id)") }
        #expect(try await broker.claims.retry(running, at: 0, because: bench.failure()) == .cancelRequested)
        #expect(try await broker.claims.acknowledge([Completion(running, .cancelled)]) == [true])
        #expect(try await bench.redis.send(["KEYS", .text(bench.keys.batch(JobID(unchecked: "*")))]).strings() == [])
        #expect(try await bench.redis.send(["EXISTS", .text(bench.keys.completions)]).int() == 0)
        #expect(try await QueueAuditor(broker: broker).audit().isClean)
    }

    @Test func `a child that a worker died with is told of when the next one looks`() async throws {
        try await wait("p", for: [bench.job("c")])
        _ = try await bench.fetch(for: bench.w2)
        try await bench.expire(bench.w2)
        #expect(try await broker.maintenance.rescueExpired(in: bench.queue, maxCrashes: 1).dead == 1)
        #expect(try await bench.state(of: try JobID("p")) == .waiting)
        #expect(try await broker.maintenance.deliverChildCompletions(of: bench.queue) == 2 - 1)
        #expect(try await bench.state(of: try JobID("p")) == .dead)
        #expect(try await broker.maintenance.deliverChildCompletions(of: bench.queue) == 0)
    }

    @Test func `two who deliver the same notices at once complete the job once`() async throws {
        let children = try (0..<200).map { try bench.job("c\($0)") }
        try await wait("p", for: children, plan: BatchPlan(followUp: try bench.job("next")))
        for start in [0, 100] {
            let jobs = try await bench.fetch(100)
            #expect(jobs.count == 100, "\(start)")
            try await bench.expire(bench.w1)
            _ = try await broker.maintenance.rescueExpired(in: bench.queue, maxCrashes: 1)
            try await broker.claims.join(bench.queue, as: bench.w1, lease: .seconds(600))
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask { _ = try await broker.maintenance.deliverChildCompletions(of: bench.queue) }
            }
            try await group.waitForAll()
        }
        #expect(try await bench.state(of: try JobID("p")) == .dead)
        #expect(JobFailure(outcome: try await outcome("p"))?.message.hasPrefix("200 of 200 children failed") == true)
        #expect(try await bench.redis.send(["EXISTS", .text(bench.keys.completions)]).int() == 0)
        #expect(try await QueueAuditor(broker: broker).audit().isClean)
    }

    @Test func `a purge of children fails the job that waits for them`() async throws {
        try await wait("p", for: [bench.job("c")])
        #expect(try await broker.purge(bench.queue) == 1)
        #expect(try await bench.state(of: try JobID("p")) == .dead)
    }

    @Test func `a job whose children failed runs again when a person says so`() async throws {
        try await wait("p", for: [bench.job("c")])
        _ = try await broker.cancel(try JobID("c"), in: bench.queue)
        let dead = try await bench.inspector.jobs(in: bench.queue, state: .dead, limit: 10)
        #expect(dead.map(\.id.description) == ["p"])
        #expect(try await broker.deadLetters.requeueDead(dead, in: bench.queue) == 1)
        let again = try #require(try await bench.fetch().first)
        try await wait(again, for: [bench.job("c2")])
        try await runAll()
        #expect(try await bench.state(of: try JobID("p")) == .succeeded)
    }
}
