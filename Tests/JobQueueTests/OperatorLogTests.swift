import Redis
import TestSupport
import Testing

@testable import JobQueue

/// What operators change stands in their log, written in the step that changes it.
@Suite struct OperatorLogTests {
    let bench: QueueBench

    init() async throws { bench = try await QueueBench() }

    private func acting(_ action: String, _ target: String = "q", why: String = "") -> Broker {
        bench.broker.noting(OperatorNote(by: "ann@host", action, target, why: why))
    }

    private func log(_ limit: Int = 100) async throws -> [OperatorLogEntry] {
        try await OperatorLog(broker: bench.broker).entries(limit: limit)
    }

    @Test func `a pause says who, why, and what was before and after`() async throws {
        let begin = try await bench.broker.clock.now()
        try await acting("queue.pause", why: "a \"quoted\" reason / with {JSON}").pause(
            bench.queue, for: nil, reason: "r")
        #expect(try await acting("queue.resume").resume(bench.queue))
        // Nothing was paused any more, so nothing is logged.
        #expect(try await !acting("queue.resume").resume(bench.queue))
        let log = try await log()
        #expect(log.map(\.action) == ["queue.resume", "queue.pause"])
        let pause = try #require(log.last)
        #expect(pause.who == "ann@host" && pause.target == "q" && pause.why == "a \"quoted\" reason / with {JSON}")
        #expect(pause.before == "[null,null,null]" && pause.after == #"["0","r","0"]"#)
        #expect(log.first?.before == #"["0","r","0"]"# && log.first?.after == "[null,null,null]")
        #expect(pause.at >= begin)
    }

    @Test func `a program's changes are not logged`() async throws {
        try await bench.broker.pause(bench.queue, for: nil, reason: "r")
        _ = try await bench.broker.resume(bench.queue)
        #expect(try await log().isEmpty)
    }

    @Test func `jobs are counted before and after`() async throws {
        let jobs = try (0..<3).map { try bench.job("j\($0)") }
        try await bench.broker.enqueue(jobs)
        #expect(try await acting("job.cancel", "j0").cancel(JobID("j0"), in: bench.queue) == .cancelled)
        #expect(try await acting("job.cancel", "j9").cancel(JobID("j9"), in: bench.queue) == .missing)
        #expect(try await acting("queue.purge").purge(bench.queue) == 2)
        let log = try await log()
        #expect(log.map(\.action) == ["queue.purge", "job.cancel"])
        #expect(log[1].before == "\"w\"" && log[1].after == "\"c\"")
        // The id of the cancelled job was in the ready list still.
        #expect(log[0].before == "3" && log[0].after == "0")
    }

    @Test func `dead jobs that are retried and discarded are logged, those that are not dead are not`() async throws {
        try await bench.broker.enqueue([try bench.job("a"), try bench.job("b")])
        for job in try await bench.fetch(2) {
            _ = try await bench.broker.claims.deadLetter(job, because: JobFailure(type: "t", message: "m", at: 1))
        }
        let dead = try await bench.broker.deadLetters.deadJobs(in: bench.queue, after: nil).jobs
        #expect(try await acting("dead.retry", "a").deadLetters.requeueDead([dead[0]], in: bench.queue) == 1)
        #expect(try await acting("dead.retry", "a").deadLetters.requeueDead([dead[0]], in: bench.queue) == 0)
        #expect(
            try await acting("dead.discard", "b").deadLetters.discardDead([dead[1].id, dead[0].id], in: bench.queue)
                == 1)
        let log = try await log()
        #expect(
            log.map { [$0.action, $0.before, $0.after] } == [["dead.discard", "1", "0"], ["dead.retry", "2", "1"]])
    }

    @Test func `a change that no script makes has an entry too, and the last thousand stay`() async throws {
        let log = OperatorLog(broker: bench.broker)
        for number in 0..<1_002 {
            try await log.add(
                OperatorNote(by: "dashboard", "bot.stop", "bot \(number)\n"), about: "bots", before: "\"RUNNING\"",
                after: "{\"a\":[1]}")
        }
        let entries = try await log.entries(limit: 2_000)
        #expect(entries.count == 1_000)
        let newest = try #require(entries.first { $0.target == "bot 1001\\u{a}" })
        #expect(newest.who == "dashboard" && newest.action == "bot.stop")
        #expect(newest.before == "\"RUNNING\"" && newest.after == "{\"a\":[1]}" && newest.why.isEmpty)
        #expect(!entries.contains { $0.target.hasPrefix("bot 0\\") || $0.target.hasPrefix("bot 1\\") })
    }

    @Test func `limits, circuits, entries and the schedule have entries of their own`() async throws {
        let limiter = RateLimiter(
            broker: acting("limit.set", "coinbase"),
            buckets: [TokenBucket(name: "coinbase", ratePerSecond: 10, burst: 10)])
        try await limiter.set("coinbase", ratePerSecond: 5, burst: nil, windowMilliseconds: 0)
        #expect(try await limiter.reset("coinbase"))
        #expect(try await !limiter.reset("coinbase"))
        try await acting("entry.pause", "e#7").schedules.pauseEntry(
            "e#7", in: bench.queue, for: nil, by: "ann", reason: "why")
        #expect(
            try await acting("schedule.apply", "version 1").schedules.storeSchedule("a", by: "ann")
                == .stored(version: 1))
        #expect(
            try await acting("schedule.apply", "version 2").schedules.storeSchedule("a", by: "ann") == .same(version: 1)
        )
        let log = try await log()
        #expect(log.map(\.action).sorted() == ["entry.pause", "limit.set", "limit.set", "schedule.apply"])
        let stored = try #require(log.first { $0.action == "schedule.apply" })
        #expect(stored.before == "null" && stored.after == "\"1\"")
        #expect(log.contains { $0.action == "limit.set" && $0.before == "null" && $0.after.contains("5000000") })
    }

    @Test func `the last thousand of a queue are kept, and what is no entry is left out`() async throws {
        let broker = acting("queue.pause")
        for _ in 0..<1_005 { try await broker.pause(bench.queue, for: nil, reason: "r") }
        let key = bench.broker.keyspace.operations("q")
        #expect(try await bench.redis.send(["LLEN", .text(key)]).int() == 1_000)
        _ = try await bench.redis.send(["LPUSH", .text(key), "no entry"])
        #expect(try await log(2_000).count == 1_000)
        // What is no entry stands for one of the newest seven.
        #expect(try await log(7).count == 6)
        let auditor = QueueAuditor(broker: bench.broker)
        #expect(try await auditor.audit().findings.isEmpty)
    }
}
