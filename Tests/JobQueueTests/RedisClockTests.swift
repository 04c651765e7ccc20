import Redis
import TestSupport
import Testing

@testable import JobQueue

@Suite struct RedisClockTests {
    @Test func `an answer that took seconds does not put the clock wrong by half of them`() async throws {
        let server = try await TemporaryRedis.start()
        let proxy = try await FaultProxy.start(for: server.tcpAddress)
        let clock = RedisClock(redis: RedisClient(address: proxy.address, logger: .quiet))
        try await clock.synchronise()
        proxy.pause()
        async let late = clock.synchronise()
        await hold(for: .seconds(2))
        proxy.resume()
        let told = try await late
        let right = try await RedisClock(redis: server.client()).synchronise()
        // Half of the two seconds is what it must not be wrong by; a busy machine is itself late by some.
        #expect(abs(right - told) < 900, "wrong by \(told - right) ms")
        try await proxy.stop()
        try await server.stop()
    }
}
