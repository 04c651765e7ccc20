import Redis
import Synchronization
import TestSupport
import Testing

@testable import JobQueue

@Suite struct CircuitBreakerTests {
    /// Redis' time, moved by the test.
    final class Hand: Sendable {
        private let time = Mutex<Int64>(1_000_000)
        var now: Int64 { time.withLock { $0 } }
        func move(_ milliseconds: Int64) { time.withLock { $0 += milliseconds } }
    }

    let redis: RedisClient
    let hand: Hand
    let breaker: CircuitBreaker

    init() async throws {
        let hand = Hand()
        self.hand = hand
        redis = try await SharedServer.client()
        breaker = CircuitBreaker(
            broker: Broker(redis: redis, clock: RedisClock(redis: redis, given: { hand.now })),
            circuits: [CircuitRules(name: "coinbase", failures: 3), CircuitRules(name: "mail")])
    }

    private func fail(_ jobs: String..., startedAt: Int64? = nil) async throws {
        for job in jobs {
            try await breaker.failed("coinbase", fingerprint: "503", job: JobID(job), startedAt: startedAt)
        }
    }

    private func admitted(upTo most: Int = 64) async throws -> CircuitAnswer {
        try #require(try await breaker.admit("coinbase", upTo: most))
    }

    private func state() async throws -> CircuitState { try await breaker.states()[0] }

    @Test func `a dependency that nobody named is never held back`() async throws {
        #expect(try await breaker.admit("nobody", upTo: 5) == nil)
        try await breaker.failed("nobody", fingerprint: "f", job: JobID("a"))
        try await breaker.succeeded("nobody")
        try await breaker.giveBack("nobody", jobs: 1)
        try await breaker.open("nobody", for: .seconds(60), reason: "")
        #expect(try await breaker.reset("nobody") == false)
        #expect(try await Held.all(of: redis).isEmpty)
    }

    @Test func `an outage from the first failure to the end of the ramp`() async throws {
        #expect(try await admitted() == CircuitAnswer(admitted: 64, waitMilliseconds: 0, isTroubled: false))
        let before = hand.now
        try await fail("a", "b")
        #expect(try await state().failures == ["503": 2])
        #expect(try await admitted(upTo: 5) == CircuitAnswer(admitted: 5, waitMilliseconds: 0, isTroubled: true))
        try await fail("c")
        #expect(try await state().phase == .open)
        #expect(try await admitted() == CircuitAnswer(admitted: 0, waitMilliseconds: 30_000, isTroubled: true))
        hand.move(30_000)
        #expect(try await state().phase == .probing)
        #expect(try await admitted() == CircuitAnswer(admitted: 1, waitMilliseconds: 0, isTroubled: true))
        #expect(try await admitted().admitted == 0)
        // Those that were on their way when it opened are no probe.
        try await fail("d", "e", startedAt: before)
        try await breaker.succeeded("coinbase", startedAt: before)
        #expect(try await state().phase == .probing)
        try await fail("p", startedAt: hand.now)
        #expect(try await admitted().waitMilliseconds == 60_000)
        hand.move(60_000)
        #expect(try await admitted().admitted == 1)
        try await breaker.succeeded("coinbase", startedAt: hand.now)
        #expect(try await state().phase == .ramping)
        #expect(try await admitted().admitted == 1)
        hand.move(29_999)
        #expect(try await admitted().admitted == 32)
        hand.move(1)
        #expect(try await admitted() == CircuitAnswer(admitted: 64, waitMilliseconds: 0, isTroubled: false))
        #expect(try await Held.all(of: redis).isEmpty)
    }

    @Test func `a success forgets the failures before it`() async throws {
        try await fail("a", "b")
        try await breaker.succeeded("coinbase")
        try await fail("c", "d")
        #expect(try await state().phase == .closed)
        try await fail("e")
        #expect(try await state().phase == .open)
    }

    @Test func `the one probe is sent by one of many workers`() async throws {
        try await fail("a", "b", "c")
        hand.move(30_000)
        let breaker = breaker
        let sent = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<40 {
                group.addTask { try await breaker.admit("coinbase", upTo: 8)?.admitted ?? 0 }
            }
            return try await group.reduce(0, +)
        }
        #expect(sent == 1)
        try await breaker.giveBack("coinbase", jobs: 1)
        #expect(try await admitted().admitted == 1)
    }

    @Test func `a person opens and resets it`() async throws {
        try await breaker.open("coinbase", for: .seconds(600), reason: "they move\nhouse")
        let state = try await state()
        #expect(state.phase == .open && state.isByHand && state.reason == "they move house")
        #expect(state.untilMilliseconds == hand.now + 600_000 && state.sinceMilliseconds == hand.now)
        #expect(try await breaker.states()[1].phase == .closed)
        #expect(try await breaker.reset("coinbase"))
        #expect(try await breaker.reset("coinbase") == false)
        #expect(try await admitted().isTroubled == false)
    }

    @Test func `a fingerprint of any text is one word of bounded length`() async throws {
        let hostile = ["", "a b\nc\t:", String(repeating: "x", count: 1_000_000), "\0\r\n%d %s"]
        for fingerprint in hostile {
            try await breaker.failed("coinbase", fingerprint: fingerprint, job: JobID("a"))
        }
        #expect(try await state().failures.count == 4)
        guard case .hash(let fields)? = try await Held.all(of: redis)[QueueKeys().circuit("coinbase")] else {
            Issue.record("no circuit")
            return
        }
        #expect(fields.values.allSatisfy { $0.utf8.count < 500 })
    }

    @Test func `the auditor knows its key`() async throws {
        #expect(AuditLayout.meaning(of: QueueKeys().circuit("coinbase"), in: QueueKeys()) == .known(type: "hash"))
    }
}
