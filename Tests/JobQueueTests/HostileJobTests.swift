import Redis
import Testing

@testable import JobQueue

/// Jobs that no honest producer enqueues: refused whole, or handled; never a key outside of the queue's own.
@Suite struct HostileJobTests {
    let bench: QueueBench

    init() async throws { bench = try await QueueBench() }

    @Test func `one id twice in one bulk is one job`() async throws {
        let made = try await bench.broker.enqueue([bench.job("a"), bench.job("b"), bench.job("a")])
        #expect(made.map(\.isNew) == [true, true, false])
        #expect(try await bench.counts().ready == 2)
        #expect(try await bench.fetch(10).map(\.id.description) == ["a", "b"])
    }

    @Test(arguments: [
        NewJob.Start.after(milliseconds: -1), .after(milliseconds: .min), .after(milliseconds: .max),
        .at(milliseconds: -1), .at(milliseconds: .min), .at(milliseconds: .max),
        .at(milliseconds: 253_402_300_800_000),
    ])
    func `a bulk with one job outside of time is refused whole`(_ start: NewJob.Start) async throws {
        let jobs = [try bench.job("a"), try bench.job("b", start: start)]
        await #expect(throws: JobQueueError.self) { try await bench.broker.enqueue(jobs) }
        #expect(try await bench.counts().ready == 0)
    }

    @Test func `characters that mean something to Redis or Lua stay inside of the queue's keys`() async throws {
        let ids = [awkwardID, "*", "a?c", "[a-z]", "{other}:jobs", "../x", "%s%d", "flotilla:1:{q}:dead"]
        try await bench.broker.enqueue(try ids.map { try bench.job($0, payload: awkwardPayload) })
        let jobs = try await bench.fetch(100)
        #expect(Set(jobs.map(\.id.description)) == Set(ids))
        #expect(jobs.allSatisfy { $0.envelope.payload == Array(awkwardPayload.utf8) })
        for job in jobs {
            _ = try await bench.broker.claims.deadLetter(job, because: bench.failure("a\r\n\u{0}\u{1b}[2J"))
        }
        let dead = try await bench.dead()
        #expect(try await bench.broker.deadLetters.requeueDead([dead[0]], in: bench.queue) == 1)
        #expect(
            try await bench.broker.deadLetters.discardDead(dead.dropFirst().map(\.id), in: bench.queue) == ids.count - 1
        )
        let keys = try await bench.redis.send(["KEYS", "*"]).strings()
        #expect(keys.allSatisfy { $0.hasPrefix("flotilla:1:{q}:") || $0 == "flotilla:1:queues" }, "\(keys)")
    }
}
