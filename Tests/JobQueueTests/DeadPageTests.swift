import Redis
import Testing

@testable import JobQueue

/// Dead jobs in pages.
@Suite struct DeadPageTests {
    @Test func `pages hold every dead job once, oldest first, also those of one moment`() async throws {
        let bench = try await QueueBench()
        let ids = (0..<1_300).map { "j\($0 + 10_000)" }
        let fields = ids.flatMap { [RedisWord($0), RedisWord(record("D", kind: "k"))] }
        _ = try await bench.redis.send(RedisCommand(["HSET", .text(bench.keys.jobs)] + fields))
        // 700 of one moment, over the end of a page.
        let scores = ids.enumerated().flatMap { [RedisWord.integer(max($0, 700)), RedisWord($1)] }
        _ = try await bench.redis.send(RedisCommand(["ZADD", .text(bench.keys.dead)] + scores))
        var seen: [String] = []
        var place: DeadPlace?
        repeat {
            let page = try await bench.broker.deadLetters.deadJobs(in: bench.queue, after: place)
            seen += page.jobs.map(\.id.description)
            place = page.next
        } while place != nil
        #expect(seen == ids)
    }

    @Test func `what was not made ready is told for each job`() async throws {
        let bench = try await QueueBench()
        var held = try bench.job("held")
        held.options.uniqueKey = "one"
        try await bench.broker.enqueue([held, try bench.job("free")])
        for job in try await bench.fetch(2) {
            _ = try await bench.broker.claims.deadLetter(job, because: bench.failure())
        }
        var rival = try bench.job("rival")
        rival.options.uniqueKey = "one"
        try await bench.broker.enqueue(rival)
        let dead = try await bench.inspector.jobs(in: bench.queue, state: .dead, limit: 9)
        let ordered = ["held", "free"].compactMap { id in dead.first { $0.id.description == id } }
        let answers = try await bench.broker.deadLetters.requeue(ordered + [ordered[1]], in: bench.queue)
        #expect(answers == [.keyHeld(by: try JobID("rival")), .ready, .notDead])
    }
}
