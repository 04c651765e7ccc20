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
}
