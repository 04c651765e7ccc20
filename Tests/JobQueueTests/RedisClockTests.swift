import Redis
import Synchronization
import TestSupport
import Testing

@testable import JobQueue

@Suite struct RedisClockTests {
    /// A monotonic clock that each look at it moves: the n-th question of TIME takes as long as told, others no time.
    private final class SlowQuestions: Sendable {
        private let state: Mutex<(now: Duration, looks: Int, roundTrips: [Duration])>

        init(_ roundTrips: [Duration]) { state = Mutex((.zero, 0, roundTrips)) }

        /// A question looks twice: before it is sent, and when its answer is there.
        func look() -> Duration {
            state.withLock { state in
                defer { state.looks += 1 }
                if !state.looks.isMultiple(of: 2), state.looks / 2 < state.roundTrips.count {
                    state.now += state.roundTrips[state.looks / 2]
                }
                return state.now
            }
        }

        var questions: Int { state.withLock { $0.looks / 2 } }
    }

    /// How far a clock is from the server's own when its questions take so long.
    private func error(of questions: SlowQuestions) async throws -> Int64 {
        let redis = try await SharedServer.client()
        let told = try await RedisClock(redis: redis, monotonic: { questions.look() }).synchronise()
        let parts = try await redis.send(["TIME"]).array()
        let right = Int64(try parts[0].int()) * 1_000 + Int64(try parts[1].int()) / 1_000
        await redis.close()
        return told - right
    }

    @Test func `an answer that took seconds does not put the clock wrong by half of them`() async throws {
        let questions = SlowQuestions([.seconds(60)])
        // Half of it would be half a minute; what the test itself takes is far below.
        #expect(abs(try await error(of: questions)) < 15_000)
        #expect(questions.questions == 2)
    }

    @Test func `of answers that are all slow the quickest counts, and there is an end to asking`() async throws {
        let questions = SlowQuestions([.seconds(400), .seconds(60), .seconds(200), .seconds(300), .seconds(9)])
        // Half of a minute is what it is wrong by at the most, and the minutes since it was asked are added.
        let wrong = try await error(of: questions)
        #expect(abs(wrong - 530_000) < 15_000, "\(wrong)")
        #expect(questions.questions == 4)
    }

    @Test func `the time goes on by estimate while the server does not answer`() async throws {
        let server = try await TemporaryRedis.start()
        let redis = server.client()
        let passed = Mutex(Duration.zero)
        let clock = RedisClock(redis: redis, monotonic: { passed.withLock { $0 } })
        #expect(clock.estimate(atLeast: 7) == 7, "before the first answer")
        let told = try await clock.synchronise()
        try await server.kill9()
        passed.withLock { $0 = .seconds(3_600) }
        await #expect(throws: JobQueueError.self) { try await clock.now() }
        #expect(clock.estimate(atLeast: told) == told + 3_600_000)
        #expect(clock.estimate(atLeast: told + 9_999_999) == told + 9_999_999)
        await redis.close()
    }

    @Test func `a prompt answer is asked for once`() async throws {
        let questions = SlowQuestions([.milliseconds(200)])
        _ = try await error(of: questions)
        #expect(questions.questions == 1)
    }
}
