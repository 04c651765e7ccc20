import Redis
import TestSupport
import Testing

@testable import JobQueue

/// restore_jobs.lua, with the bins that the logged forms of scripts fill.
@Suite struct RestoreJobsTests {
    let bench: QueueBench

    init() async throws { bench = try await QueueBench() }

    private func acting(_ action: String, undoing: String? = nil, forGood: Bool = false) -> Broker {
        var note = OperatorNote(by: "ann@host", action, "q", undoes: undoing)
        note.isForGood = forGood
        return bench.broker.noting(note)
    }

    private func log() async throws -> [OperatorLogEntry] {
        try await OperatorLog(broker: bench.broker).entries(limit: 100)
    }

    private func newest() async throws -> String { try #require(try await log().first).id }

    private func undo(_ operation: String) async throws -> RestoreAnswer {
        try await acting("undo", undoing: operation).restoreJobs(of: operation, in: bench.queue)
    }

    /// Everything that a worker or an operator sees of the queue: without the log and the bin.
    private func image() async throws -> [String: Held] {
        var held = try await Held.all(of: bench.redis)
        for key in held.keys where key.contains(":operations:") || key.hasSuffix(":wake") { held[key] = nil }
        held[bench.keys.bin] = nil
        held[bench.keys.binned] = nil
        // A counter that was never raised and one that is 0 again are the same.
        if case .hash(let fields)? = held[bench.keys.meta] {
            held[bench.keys.meta] = .hash(fields.filter { $0.value != "0" })
        }
        return held
    }

    /// Makes a change, undoes it, does it again and undoes that: the queue is as before, then as after, then as before.
    /// - Parameter change: returns whether it changed what it should.
    private func turn(_ change: () async throws -> Bool) async throws {
        let before = try await image()
        let isDone = try await change()
        #expect(isDone)
        let after = try await image()
        #expect(before != after)
        let operation = try await newest()
        #expect(try await undo(operation) != .gone)
        #expect(try await image() == before)
        await #expect(throws: JobQueueError.self) { _ = try await undo(operation) }
        let undone = try await newest()
        #expect(try await undo(undone) != .gone)
        #expect(try await image() == after)
        #expect(try await undo(try await newest()) != .gone)
        #expect(try await image() == before)
        #expect(try await QueueAuditor(broker: bench.broker).audit().findings.isEmpty)
    }

    @Test func `dead jobs that were discarded or retried come back as they were`() async throws {
        try await bench.deadLetter([("a", "m"), (awkwardID, "m"), ("c", "n")])
        try await turn {
            let ids = try [JobID("a"), JobID(awkwardID)]
            return try await acting("dead.discard").deadLetters.discardDead(ids, in: bench.queue) == 2
        }
        let dead = try await bench.dead()
        try await turn {
            try await acting("dead.retry").deadLetters.requeueDead(dead, in: bench.queue) == 3
        }
    }

    @Test func `waiting jobs that were purged or cancelled come back as they were`() async throws {
        try await bench.broker.enqueue([
            try bench.job("a"), try bench.job("high", priority: 5), try bench.job("b"),
            try bench.job("later", start: .after(milliseconds: 60_000)),
        ])
        try await turn { try await acting("queue.purge").purge(bench.queue) == 4 }
        for id in ["a", "high", "later"] {
            try await turn {
                try await acting("job.cancel").cancel(JobID(id), in: bench.queue) == .cancelled
            }
        }
    }

    @Test func `an edited job and its replacement change places again`() async throws {
        try await bench.deadLetter([("a", "m")])
        try await turn {
            let job = try bench.job("new", payload: #"{"bot_id": 7}"#)
            return try await acting("dead.edit").deadLetters.replaceDead(JobID("a"), in: bench.queue, with: job)
        }
        #expect(try await bench.state(of: JobID("a")) == .dead)
        #expect(try await bench.state(of: JobID("new")) == nil)
    }

    @Test func `unique keys come back with their jobs`() async throws {
        var job = try bench.job("a")
        job.options.uniqueKey = "k"
        try await bench.broker.enqueue(job)
        try await turn { try await acting("queue.purge").purge(bench.queue) == 1 }
        #expect(try await acting("queue.purge").purge(bench.queue) == 1)
        let operation = try await newest()
        var rival = try bench.job("b")
        rival.options.uniqueKey = "k"
        try await bench.broker.enqueue(rival)
        #expect(try await undo(operation) == .moved(what: "a", now: "job b holds its unique key"))
        #expect(try await bench.state(of: JobID("a")) == nil)
    }

    @Test func `a job that has run, or whose id is taken, stays, and all of its operation with it`() async throws {
        try await bench.deadLetter([("a", "m"), ("b", "m")])
        let dead = try await bench.dead()
        #expect(try await acting("dead.retry").deadLetters.requeueDead(dead, in: bench.queue) == 2)
        let retried = try await newest()
        let running = try await bench.fetch(1)
        guard case .moved = try await undo(retried) else { return #expect(Bool(false), "it runs") }
        for job in running { _ = try await bench.broker.claims.deadLetter(job, because: bench.failure()) }
        guard case .moved = try await undo(retried) else { return #expect(Bool(false), "it has run") }
        #expect(try await bench.counts().ready == 1)

        #expect(
            try await acting("dead.discard").deadLetters.discardDead([try #require(running.first).id], in: bench.queue)
                == 1)
        let discarded = try await newest()
        try await bench.broker.enqueue(try bench.job(try #require(running.first).id.description))
        guard case .moved(_, "a job of that id is there again") = try await undo(discarded) else {
            return #expect(Bool(false), "its id is taken")
        }
    }

    @Test func `what does not fit the bin, or is removed for good, is told`() async throws {
        try await bench.deadLetter([("a", "m"), ("b", "m")])
        let ids = try [JobID("a"), JobID("b")]
        let bin = OperatorBin(broker: bench.broker)
        #expect(try await bin.room(in: bench.queue) == OperatorBin.jobLimit)
        #expect(
            try await acting("dead.discard", forGood: true).deadLetters.discardDead([ids[0]], in: bench.queue) == 1)
        #expect(try await acting("dead.discard").deadLetters.discardDead([ids[1]], in: bench.queue) == 1)
        let log = try await log()
        #expect(log.map(\.kept) == [1, 0] && log.map(\.lost) == [0, 1])
        #expect(try await undo(log[1].id) == .gone)
        let kept = try await bin.jobs(in: bench.queue, limit: 10)
        #expect(kept.map(\.id) == [ids[1]] && kept[0].place == "dead" && kept[0].operation == log[0].id)
        #expect(kept[0].envelope?.stateCode == .dead)
        #expect(try await bin.room(in: bench.queue) == OperatorBin.jobLimit - 1)
        #expect(try await bin.sweep(bench.queue) == 0)
    }

    @Test func `a Redis with full memory loses nothing of what is discarded`() async throws {
        let server = try await TemporaryRedis.start(.init(arguments: ["--maxmemory-policy", "noeviction"]))
        let bench = try await QueueBench(redis: server.client())
        func acting(_ action: String) -> Broker {
            bench.broker.noting(OperatorNote(by: "ann@host", action, "q"))
        }
        try await bench.deadLetter([("a", "m")])
        let id = try JobID("a")
        _ = try await bench.redis.send(["CONFIG", "SET", "maxmemory", "1"])
        let discarded = try? await acting("dead.discard").deadLetters.discardDead([id], in: bench.queue)
        _ = try await bench.redis.send(["CONFIG", "SET", "maxmemory", "0"])
        let isBinned = try await !OperatorBin(broker: bench.broker).jobs(in: bench.queue, limit: 1).isEmpty
        #expect(try await bench.deadIDs().isEmpty == (discarded == 1))
        #expect(isBinned == (discarded == 1))
        try await server.stop()
    }
}
