import JobQueue
import Redis
import TestSupport
import Testing

@testable import flotilla

/// A worker's look at its Redis, once a minute of a clock that the test moves.
@Suite struct RedisWatchTests {
    private let execution: QueueName
    private let evaluation: QueueName

    init() throws {
        execution = try QueueName("execution")
        evaluation = try QueueName("evaluation")
    }

    @Test func `while Redis is not safe no orders are taken, and it is said once`() async throws {
        let server = try await TemporaryRedis.start(.init(appendOnly: true))
        let (redis, clock, log) = (server.client(), ManualClock(), LogBook())
        let watch = RedisWatch(redis: redis, guarded: [execution], clock: clock, logger: log.logger)
        #expect(!watch.mayFetch(execution))
        try await watch.begin()
        #expect(watch.mayFetch(execution) && watch.mayFetch(evaluation))
        let task = Task { try await watch.run() }
        defer { task.cancel() }

        for _ in 0..<3 {
            _ = try await redis.send(["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"])
            try await nextLook(clock)
            #expect(!watch.mayFetch(execution))
            #expect(watch.mayFetch(evaluation))
        }
        let told = log.lines
        #expect(told.count == 1, "\(told)")
        #expect(told.first?.hasPrefix("error Redis is not safe any more: policy allkeys-lru: ") == true)
        #expect(told.first?.hasSuffix("redis.conf. No job of execution is taken until then.") == true)

        _ = try await redis.send(["CONFIG", "SET", "maxmemory-policy", "noeviction"])
        try await nextLook(clock)
        #expect(watch.mayFetch(execution))
        #expect(log.lines.last == "notice Redis is safe again; jobs of execution are taken")

        // Without an answer nothing is learnt, and nothing could be fetched.
        try await server.kill9()
        try await nextLook(clock)
        #expect(watch.mayFetch(execution))
        #expect(log.lines.count == 2)
        try await server.stop()
    }

    /// Lets a minute pass, and waits until the watch has looked and sleeps again.
    private func nextLook(_ clock: ManualClock) async throws {
        try await clock.waitForSleepers()
        clock.advance(by: RedisWatch.interval)
        try await clock.waitForSleepers(within: .seconds(30))
    }

    @Test func `a worker with orders refuses an unsafe Redis, any other warns`() async throws {
        let server = try await TemporaryRedis.start(.init(arguments: ["--maxmemory-policy", "volatile-lru"]))
        let (redis, log) = (server.client(), LogBook())
        await #expect {
            try await RedisWatch(redis: redis, guarded: [execution], logger: log.logger).begin()
        } throws: { error in
            guard let failure = error as? CommandFailure else { return false }
            return failure.status == .refused && failure.message.hasPrefix("Redis is not safe for orders: policy vol")
        }
        #expect(log.lines.isEmpty)
        try await RedisWatch(redis: redis, guarded: [], logger: log.logger).begin()
        #expect(log.lines.count == 2)
        #expect(log.lines.first?.hasPrefix("warning Redis: policy volatile-lru: ") == true)
        #expect(log.lines.last?.hasPrefix("warning Redis: none: a restart of Redis loses all jobs. ") == true)
        try await server.stop()
    }

    @Test func `a server that forbids INFO gets no orders`() async throws {
        let server = try await TemporaryRedis.start()
        _ = try await server.client().send(["ACL", "SETUSER", "ann", "on", ">secret", "+get"])
        let address = RedisAddress(endpoint: server.address.endpoint, user: "ann", password: "secret")
        let safety = try await RedisWatch.judge(RedisClient(address: address, logger: .quiet))
        #expect(!safety.isSafe)
        #expect(safety.dangers.first?.remedy.contains("run INFO") == true)
        // INFO alone is enough: CONFIG tells nothing on which orders depend.
        _ = try await server.client().send(["ACL", "SETUSER", "ann", "+info"])
        #expect(try await RedisWatch.judge(RedisClient(address: address, logger: .quiet)).isSafe)
        try await server.stop()
    }
}
