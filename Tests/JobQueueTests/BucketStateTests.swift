import Redis
import Synchronization
import TestSupport
import Testing

@testable import JobQueue

/// Plans and simulations count tokens without Redis; they may not count otherwise than the script does.
struct BucketStateTests {
    private static let buckets = [
        TokenBucket(name: "a", ratePerSecond: 10, burst: 10, reserve: ["execution": 4]),
        TokenBucket(name: "b", ratePerSecond: 10, burst: 25, reserve: ["execution": 4, "rebalance": 3]),
        TokenBucket(name: "c", ratePerSecond: 0.5, burst: 4),
        TokenBucket(name: "d", ratePerSecond: 1_000.0 / 3_600, burst: 50, windowMilliseconds: 3_600_000),
        TokenBucket(name: "e", ratePerSecond: 3, burst: 9, reserve: ["execution": 2], windowMilliseconds: 1_000),
        TokenBucket(name: "f", ratePerSecond: 2.5, burst: 1, windowMilliseconds: 60_000),
    ]

    @Test(arguments: buckets.indices)
    func `a bucket as a value answers as the script does`(index: Int) async throws {
        let bench = try await QueueBench()
        let bucket = Self.buckets[index]
        var random = SeededRandom(seed: UInt64(index) + 1)
        var state = BucketState(bucket)
        let time = Mutex(Int64(1_800_000_000_000))
        let broker = Broker(redis: bench.redis, clock: RedisClock(redis: bench.redis) { time.withLock { $0 } })
        let limiter = RateLimiter(broker: broker, buckets: [bucket])
        var granted = 0
        for step in 0..<400 {
            let pauses: [Int64] = [0, 0, 3, 26, 90, 400, 1_051, 9_000]
            let pause = pauses[Int.random(in: 0..<pauses.count, using: &random)]
            let now = time.withLock {
                $0 += pause
                return $0
            }
            let callers = ["execution", "rebalance", "cache-refresh"][Int.random(in: 0..<3, using: &random)]
            let (cost, most) = (Int.random(in: 1...3, using: &random), Int.random(in: 1...6, using: &random))
            let wait = state.wait(cost: cost, callers: callers, at: now)
            let jobs = state.take(cost: cost, most: most, callers: callers, at: now)
            let uses = [LimitUse(name: bucket.name, cost: cost)]
            guard let wait else {
                await #expect(throws: JobQueueError.self) { try await limiter.take(uses, most: most, for: callers) }
                continue
            }
            let answer = try #require(try await limiter.take(uses, most: most, for: callers))
            #expect(jobs == answer.taken, "step \(step) of bucket \(bucket.name)")
            if answer.taken == 0 { #expect(wait == answer.waitMilliseconds, "step \(step) of bucket \(bucket.name)") }
            granted += jobs
        }
        #expect(granted > 60)
    }
}
