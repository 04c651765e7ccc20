import Synchronization
import TestSupport
import Testing

@testable import JobQueue

@Suite(.timeLimit(.minutes(2))) struct DeadLetterReplayTests {
    let bench: QueueBench
    let clock = ManualClock()

    init() async throws { bench = try await QueueBench() }

    private func deadLetter(_ count: Int, _ message: String = "it broke") async throws {
        try await bench.deadLetter((1...count).map { ("\(message.prefix(2))-\($0)", message) })
    }

    /// Runs a replay; `work` plays the worker each time the replay waits.
    private func replay(
        _ pace: ReplayPace, _ work: @escaping (LeasedJob) async throws -> Void
    ) async throws -> ReplayOutcome {
        let jobs = try await bench.dead()
        let replay = DeadLetterReplay(broker: bench.broker, clock: clock, pace: pace)
        let isOver = Mutex(false)
        let running = Task {
            let outcome = await replay.run(jobs)
            isOver.withLock { $0 = true }
            return outcome
        }
        // Each round is one sleep of the replay, which takes its time to come to the next.
        while !isOver.withLock({ $0 }) {
            do { try await clock.waitForSleepers(within: .milliseconds(50)) } catch { continue }
            for job in try await bench.fetch(256) { try await work(job) }
            clock.advance(by: .milliseconds(200))
        }
        return await running.value
    }

    private func succeed(_ job: LeasedJob) async throws {
        _ = try await bench.broker.claims.acknowledge([Completion(job)])
    }

    @Test func `without a pace all are made ready at once`() async throws {
        try await deadLetter(300)
        let jobs = try await bench.dead()
        let outcome = await DeadLetterReplay(broker: bench.broker, clock: clock, pace: ReplayPace()).run(jobs)
        #expect(outcome.count == 300 && outcome.remaining.isEmpty && outcome.stop == nil)
        #expect(try await bench.counts().ready == 300)
        #expect(outcome.retried.first?.description == "it-1", "those that died first go first")
    }

    @Test func `when the canaries succeed the rest follows`() async throws {
        try await deadLetter(12)
        let outcome = try await replay(ReplayPace(canaries: 2)) { try await succeed($0) }
        #expect(outcome.stop == nil && outcome.count == 12 && outcome.remaining.isEmpty)
        #expect(try await bench.counts().dead == 0)
    }

    @Test func `when a canary dies the rest stays dead`() async throws {
        try await deadLetter(12)
        let outcome = try await replay(ReplayPace(canaries: 2)) { job in
            if job.id.description == "it-2" {
                _ = try await bench.broker.claims.deadLetter(job, because: bench.failure("something else"))
            } else {
                try await succeed(job)
            }
        }
        let id = try JobID("it-2")
        #expect(outcome.stop == .failed(id, message: "something else"))
        #expect(outcome.count == 2 && outcome.diedAgain == [id] && outcome.remaining.count == 10)
        #expect(try await bench.counts().dead == 11)
    }

    @Test func `a canary that is tried again is waited for`() async throws {
        try await deadLetter(3)
        var tries = 0
        let outcome = try await replay(ReplayPace(canaries: 1)) { job in
            tries += 1
            if tries == 1 {
                _ = try await bench.broker.claims.retry(job, at: 0, because: bench.failure())
                _ = try await bench.broker.maintenance.promoteDue(in: bench.queue)
            } else {
                try await succeed(job)
            }
        }
        #expect(outcome.stop == nil && outcome.count == 3)
    }

    @Test func `after the canaries the first attempt that fails as before is the last`() async throws {
        try await deadLetter(12, "no coin 17")
        var ended = 0
        let outcome = try await replay(ReplayPace(canaries: 1)) { job in
            ended += 1
            if ended == 3 {
                _ = try await bench.broker.claims.retry(job, at: .max / 2, because: bench.failure("no coin 99"))
            } else {
                try await succeed(job)
            }
        }
        guard case .failed(_, "no coin 99") = outcome.stop else {
            Issue.record("it did not stop: \(outcome)")
            return
        }
        #expect(outcome.count == 4 && outcome.remaining.count == 8, "1, 1, and 2 of which one failed")
        #expect(try await bench.counts().dead == 8)
    }

    @Test func `another failure after the canaries stops nothing`() async throws {
        try await deadLetter(4)
        var ended = 0
        let outcome = try await replay(ReplayPace(canaries: 1)) { job in
            ended += 1
            if ended == 2 {
                _ = try await bench.broker.claims.deadLetter(job, because: bench.failure("something else"))
            } else {
                try await succeed(job)
            }
        }
        #expect(outcome.stop == nil && outcome.count == 4 && outcome.diedAgain.count == 1)
    }

    @Test func `patience ends, and says for whom it waited`() async throws {
        try await deadLetter(3)
        let outcome = try await replay(ReplayPace(canaries: 1, patience: .seconds(1))) { _ in }
        #expect(try outcome.stop == .notOver(JobID("it-1"), .seconds(1)))
        #expect(outcome.count == 1 && outcome.remaining.count == 2)
    }

    @Test func `a canary that is cancelled proves nothing`() async throws {
        try await deadLetter(3)
        let outcome = try await replay(ReplayPace(canaries: 1)) { job in
            _ = try await bench.broker.claims.acknowledge([Completion(job, .cancelled)])
        }
        #expect(try outcome.stop == .notSucceeded(JobID("it-1"), .cancelled))
    }

    @Test func `a rate alone looks at nothing and stops for nothing`() async throws {
        try await deadLetter(5)
        let outcome = try await replay(ReplayPace(perSecond: 5)) { job in
            _ = try await bench.broker.claims.deadLetter(job, because: bench.failure())
        }
        #expect(outcome.stop == nil && outcome.count == 5)
        #expect(clock.now.offset >= .milliseconds(800))
    }

    @Test func `cancelling between two steps leaves the rest dead`() async throws {
        try await deadLetter(5)
        let jobs = try await bench.dead()
        let replay = DeadLetterReplay(broker: bench.broker, clock: clock, pace: ReplayPace(perSecond: 5))
        let task = Task { await replay.run(jobs) }
        try await clock.waitForSleepers()
        task.cancel()
        let outcome = await task.value
        #expect(outcome.stop == .interrupted && outcome.count == 1 && outcome.remaining.count == 4)
        #expect(try await bench.counts().dead == 4)
    }

    @Test func `each cause of death has a canary, the oldest of it`() async throws {
        try await bench.deadLetter([
            ("a1", "a"), ("a2", "a"), ("b1", "b"), ("a3", "a"), ("c1", "c"), ("c2", "c"),
        ])
        let order = DeadLetterReplay.order(try await bench.dead(), canaries: 4).map(\.id.description)
        #expect(Set(order.prefix(3)) == ["a1", "b1", "c1"])
        #expect(order[3] == "a2")
        #expect(Set(order).count == 6)
    }

    @Test func `a job that somebody else has made ready is left to them`() async throws {
        try await deadLetter(2)
        let jobs = try await bench.dead()
        _ = try await bench.broker.deadLetters.requeueDead([jobs[0]], in: bench.queue)
        let outcome = await DeadLetterReplay(broker: bench.broker, clock: clock, pace: ReplayPace()).run(jobs)
        #expect(outcome.count == 1 && outcome.retried == [jobs[1].id] && outcome.remaining.isEmpty)
        #expect(try await bench.counts().ready == 2)
    }
}
