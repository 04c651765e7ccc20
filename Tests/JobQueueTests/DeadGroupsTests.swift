import Redis
import TestSupport
import Testing

@testable import JobQueue

/// Dead jobs by what went wrong.
@Suite struct DeadGroupsTests {
    let bench: QueueBench

    init() async throws { bench = try await QueueBench() }

    private func message(_ number: Int) -> String { number % 4 == 0 ? "no such bot" : "the bank said \"no\"" }

    /// Dead jobs as dead_letter.lua leaves them; every fourth failed otherwise than the rest.
    private func fill(_ count: Int) async throws {
        var records: [RedisWord] = ["HSET", .text(bench.keys.jobs)]
        var places: [RedisWord] = ["ZADD", .text(bench.keys.dead)]
        for number in 1...count {
            var job = JobEnvelope(kind: try JobKind("k"), payload: Array("{}".utf8), enqueuedMilliseconds: 1)
            job.stateCode = .dead
            job.finishedMilliseconds = Int64(number)
            let failure = JobFailure(type: "bench", message: message(number), at: Int64(number))
            job.outcome = Completion.outcome(of: failure)
            records += [.text("d\(number)"), .bytes(job.encoded())]
            places += [.integer(number), .text("d\(number)")]
        }
        _ = try await bench.redis.pipeline([RedisCommand(records), RedisCommand(places)])
    }

    @Test func `a few are counted exactly, with the first, the last and its message`() async throws {
        try await fill(1_200)
        let found = try await bench.broker.deadLetters.groups(in: [bench.queue])
        #expect(!found.isEstimate && found.looked == 1_200 && found.total == 1_200)
        #expect(found.groups.map(\.count) == [900, 300])
        #expect(found.groups.map(\.message) == [message(1), message(4)])
        #expect(found.groups.map(\.sampleID) == ["d1199", "d1200"])
        #expect(found.groups.map(\.firstMilliseconds) == [1, 4])
        #expect(found.groups.map(\.lastMilliseconds) == [1_199, 1_200])
        #expect(found.groups[0].fingerprint == JobFailure(type: "bench", message: message(1), at: 1).fingerprint)
    }

    @Test func `of many a sample is counted and scaled up, and the newest is in it`() async throws {
        try await fill(6_000)
        let found = try await bench.broker.deadLetters.groups(in: [bench.queue], limit: 2_000)
        #expect(found.isEstimate && found.looked == 2_000 && found.total == 6_000)
        #expect(found.groups.map(\.count) == [4_500, 1_500])
        #expect(found.groups[1].sampleID == "d6000")
    }

    @Test func `no dead job gives no group`() async throws {
        let found = try await bench.broker.deadLetters.groups(in: [bench.queue])
        #expect(found.groups.isEmpty && !found.isEstimate)
        #expect(try await bench.broker.deadLetters.groups(in: []).groups.isEmpty)
    }

    @Test func `jobs that failed alike are counted among the newest`() async throws {
        try await fill(100)
        let print = JobFailure(type: "bench", message: message(4), at: 1).fingerprint
        let all = try await bench.broker.deadLetters.alike(print, try JobKind("k"), in: bench.queue)
        #expect(all == DeadAlike(count: 25, looked: 100, total: 100, firstMilliseconds: 4))
        let some = try await bench.broker.deadLetters.alike(print, try JobKind("k"), in: bench.queue, limit: 10)
        #expect(some == DeadAlike(count: 3, looked: 10, total: 100, firstMilliseconds: 92))
    }
}
