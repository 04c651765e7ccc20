import Redis
import TestSupport
import Testing

@testable import JobQueue

/// Who took the tokens of a bucket.
@Suite struct TokenTakersTests {
    let bench: QueueBench
    let limiter: RateLimiter

    init() async throws {
        bench = try await QueueBench()
        limiter = RateLimiter(
            broker: bench.broker, buckets: [TokenBucket(name: "coinbase", ratePerSecond: 0.001, burst: 50)])
    }

    @Test func `takers are told with what they kept, the greatest first`() async throws {
        #expect(try await limiter.takers(of: "coinbase").isEmpty)
        _ = try await limiter.take("coinbase", most: 2, for: "execution")
        let refresh = try await limiter.take("coinbase", most: 40, for: "cache-refresh")
        _ = try await limiter.take("coinbase", most: 3, for: "execution")
        #expect(
            try await limiter.takers(of: "coinbase") == [
                TokenTaker(callers: "cache-refresh", tokens: 40), TokenTaker(callers: "execution", tokens: 5),
            ])
        try await limiter.giveBack("coinbase", 38, of: refresh)
        #expect(
            try await limiter.takers(of: "coinbase") == [
                TokenTaker(callers: "execution", tokens: 5), TokenTaker(callers: "cache-refresh", tokens: 2),
            ])
    }

    @Test func `what was taken over a minute ago is not told, and what is no number counts for nothing`() async throws {
        _ = try await limiter.take("coinbase", most: 4, for: "execution")
        let key = RedisWord.text(bench.broker.keyspace.limit("coinbase"))
        let slot = try await bench.broker.clock.now() / 10_000
        let old = "\(slot - 8):30 \(slot - 1):5 x:9 \(slot):y 7"
        _ = try await bench.redis.send(["HSET", key, "by:execution", .text(old), "by:other", "nonsense"])
        #expect(try await limiter.takers(of: "coinbase") == [TokenTaker(callers: "execution", tokens: 5)])
        // The next take forgets what is too old.
        _ = try await limiter.take("coinbase", most: 1, for: "execution")
        let text = try await bench.redis.send(["HGET", key, "by:execution"]).string()
        #expect(!text.contains(":30"), "\(text)")
    }
}
