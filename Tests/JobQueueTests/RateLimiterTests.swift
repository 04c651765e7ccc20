import Redis
import TestSupport
import Testing

@testable import JobQueue

@Suite struct RateLimiterTests {
    let bench: QueueBench
    let limiter: RateLimiter

    init() async throws {
        bench = try await QueueBench()
        limiter = RateLimiter(
            broker: bench.broker,
            buckets: [
                TokenBucket(
                    name: "coinbase", ratePerSecond: 0.001, burst: 10, reserve: ["execution": 4, "rebalance": 1]),
                TokenBucket(name: "quick", ratePerSecond: 1_000, burst: 1),
            ])
    }

    @Test func `a bucket that nobody made limits nothing`() async throws {
        #expect(try await limiter.take("nobody", most: 5, for: "q") == nil)
        try await limiter.giveBack("nobody", 5)
    }

    @Test func `each class leaves the reserves of the others`() async throws {
        #expect(try await limiter.take("coinbase", most: 64, for: "evaluation")?.taken == 5)
        #expect(try await limiter.take("coinbase", most: 64, for: "evaluation")?.taken == 0)
        #expect(try await limiter.take("coinbase", most: 64, for: "rebalance")?.taken == 1)
        #expect(try await limiter.take("coinbase", most: 64, for: "execution")?.taken == 3)
    }

    @Test func `tokens that were not used can be given back`() async throws {
        #expect(try await limiter.take("coinbase", most: 64, for: "execution")?.taken == 9)
        #expect(try await limiter.take("coinbase", most: 1, for: "execution")?.taken == 0)
        try await limiter.giveBack("coinbase", 2)
        #expect(try await limiter.take("coinbase", most: 64, for: "execution")?.taken == 2)
        try await limiter.giveBack("coinbase", 0)
    }

    @Test func `an answer without tokens says how long to wait`() async throws {
        _ = try await limiter.take("coinbase", most: 64, for: "execution")
        let answer = try #require(try await limiter.take("coinbase", most: 1, for: "execution"))
        #expect(answer.taken == 0)
        #expect((900_000...1_000_000).contains(answer.waitMilliseconds))
    }

    @Test func `a rate that is set by hand counts for everybody until it is reset`() async throws {
        try await limiter.set("quick", ratePerSecond: 0.001, burst: 3)
        #expect(try await limiter.take("quick", most: 10, for: "anybody")?.taken == 3)
        let set = try await limiter.levels()[1]
        #expect(set.isSet && set.bucket.burst == 3 && set.bucket.ratePerSecond == 0.001)
        // A rate of another unit does not lift what the server counts by.
        try await limiter.set("quick", ratePerSecond: 5, burst: 9, windowMilliseconds: 60_000)
        #expect(try await limiter.levels()[1].bucket.windowMilliseconds == 1_000)
        #expect(try await limiter.reset("quick"))
        #expect(try await limiter.reset("quick") == false)
        #expect(try await limiter.levels()[1].isSet == false)
    }

    @Test func `a bucket that a server has refused gives nothing to anybody`() async throws {
        try await limiter.close("coinbase", for: .seconds(60))
        let answer = try #require(try await limiter.take("coinbase", for: "execution"))
        #expect(answer.taken == 0 && answer.waitMilliseconds > 50_000)
        #expect(try await limiter.levels()[0].closedMilliseconds > 50_000)
    }

    @Test func `levels show what is there and grow`() async throws {
        #expect(try await limiter.levels().map(\.available) == [10, 1])
        _ = try await limiter.take("coinbase", most: 3, for: "execution")
        _ = try await limiter.take("quick", most: 1, for: "q")
        let levels = try await limiter.levels()
        #expect(levels.map(\.bucket.name) == ["coinbase", "quick"])
        #expect((7.0..<7.1).contains(levels[0].available))
        try await eventually("the quick bucket is full again") { try await limiter.levels()[1].available == 1 }
    }

    @Test func `a job takes of all its limits or of none, unknown names aside`() async throws {
        let limiter = RateLimiter(
            broker: bench.broker,
            buckets: ["a", "b", "c", "d"].map { TokenBucket(name: $0, ratePerSecond: 0.001, burst: 10) })
        let uses = [LimitUse(name: "a", cost: 3), LimitUse(name: "nobody", cost: 9), LimitUse(name: "b", cost: 1)]
        let answer = try #require(try await limiter.take(uses, most: 64, for: "q"))
        #expect((answer.taken, answer.waitMilliseconds, answer.available.rounded()) == (3, 0, 1))
        #expect(try await limiter.levels().map { $0.available.rounded() } == [1, 7, 10, 10])
        let none = try #require(try await limiter.take(uses, most: 64, for: "q"))
        #expect(none.taken == 0 && none.waitMilliseconds > 1_900_000)
        try await limiter.giveBack(uses, jobs: 2, of: answer)
        #expect(try await limiter.levels().map { $0.available.rounded() } == [7, 9, 10, 10])
        #expect(try await limiter.take([LimitUse(name: "nobody", cost: 1)], most: 1, for: "q") == nil)
        // Twice the same limit is the sum.
        let twice = [LimitUse(name: "c", cost: 2), LimitUse(name: "c", cost: 3)]
        #expect(try await limiter.take(twice, most: 64, for: "q")?.taken == 2)
    }

    @Test func `more limits than three, and costs that no limit has, are refused`() async throws {
        let limiter = RateLimiter(
            broker: bench.broker,
            buckets: ["a", "b", "c", "d"].map { TokenBucket(name: $0, ratePerSecond: 1, burst: 10) })
        func take(_ uses: [LimitUse]) async throws(JobQueueError) {
            _ = try await limiter.take(uses, most: 1, for: "q")
        }
        await #expect(throws: JobQueueError.self) {
            try await take(["a", "b", "c", "d"].map { LimitUse(name: $0, cost: 1) })
        }
        await #expect(throws: JobQueueError.self) { try await take([LimitUse(name: "a", cost: 0)]) }
        await #expect(throws: JobQueueError.self) { try await take([LimitUse(name: "a", cost: 11)]) }
        #expect(try await bench.redis.send(["EXISTS", .text(QueueKeys().limit("d"))]).int() == 0)
    }

    @Test func `closing and setting one limit holds for jobs that use others too`() async throws {
        let uses = [LimitUse(name: "coinbase", cost: 1), LimitUse(name: "quick", cost: 1)]
        try await limiter.set("coinbase", ratePerSecond: 5, burst: 6)
        #expect(try await limiter.levels()[0].bucket.windowMilliseconds == 1_000)
        #expect(try await limiter.take(uses, most: 64, for: "q")?.taken == 1)
        try await limiter.close("quick", for: .seconds(60))
        let answer = try #require(try await limiter.take(uses, most: 64, for: "q"))
        #expect(answer.taken == 0 && answer.waitMilliseconds > 50_000)
        #expect(try await limiter.levels()[0].available > 4)
    }
}
