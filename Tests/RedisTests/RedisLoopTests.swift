import Redis
import TestSupport
import Testing

@Suite struct RedisLoopTests {
    /// Nothing is sent, so no server is needed.
    private let loop = RedisClient(
        address: RedisAddress(endpoint: .tcp(host: "localhost", port: 1)), logger: .quiet
    ).loop

    @Test func `a sleeper wakes after its time and not before`() async throws {
        let clock = loop.clock
        let begin = clock.now
        try await withTaskExecutorPreference(loop) { try await clock.sleep(for: .milliseconds(20)) }
        #expect(begin.duration(to: clock.now) >= .milliseconds(20))
        try await clock.sleep(until: begin)
    }

    @Test(.timeLimit(.minutes(1)))
    func `a cancelled sleeper stops sleeping, and does not begin again`() async throws {
        let clock = loop.clock
        let sleeper = Task(executorPreference: loop) {
            do { try await clock.sleep(for: .seconds(3_600)) } catch is CancellationError {}
            try await clock.sleep(for: .seconds(3_600))
        }
        // The loop does one thing after the other: when it comes to this, the sleeper sleeps.
        await Task(executorPreference: loop) {}.value
        sleeper.cancel()
        await #expect(throws: CancellationError.self) { try await sleeper.value }
    }
}
