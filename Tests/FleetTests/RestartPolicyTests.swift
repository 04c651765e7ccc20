import Testing

@testable import Fleet

struct RestartPolicyTests {
    let policy = RestartPolicy(
        base: .seconds(1), cap: .seconds(5), healthyAfter: .seconds(10), crashLoopAfter: 3, jitter: 0)

    func decision(
        _ reason: ExitReason, uptime: Duration = .zero, deaths: Int = 0, policy: RestartPolicy? = nil,
        random: UInt64 = 0
    ) -> RestartDecision {
        var random = FixedRandom(value: random)
        return (policy ?? self.policy).decision(
            after: reason, uptime: uptime, history: RestartHistory(earlyDeaths: deaths), using: &random)
    }

    @Test func `early deaths are answered with doubling pauses up to the cap, for ever`() {
        let pauses = [0, 1, 2, 3, 4, 1_000_000].map { decision(.exited(1), deaths: $0).delay }
        #expect(pauses == [.seconds(1), .seconds(2), .seconds(4), .seconds(5), .seconds(5), .seconds(5)])
    }

    @Test func `a crash loop is reported from the third death on`() {
        #expect([0, 1, 2, 3].map { decision(.signalled(11), deaths: $0).isCrashLoop } == [false, false, true, true])
    }

    @Test func `a death after a healthy life is the first again and answered at once`() {
        let decision = decision(.signalled(9), uptime: .seconds(10), deaths: 7)
        #expect(decision == RestartDecision(delay: .zero, history: RestartHistory(), isCrashLoop: false))
    }

    @Test func `a drained worker is replaced at once`() {
        #expect(decision(.exited(0)).delay == .zero)
    }

    @Test func `a recycled worker is replaced at once however often, and earlier deaths stay counted`() {
        let decision = decision(.exited(ExitReason.recycledStatus), deaths: 2)
        #expect(
            decision == RestartDecision(delay: .zero, history: RestartHistory(earlyDeaths: 2), isCrashLoop: false))
        #expect(ExitReason.exited(ExitReason.recycledStatus).isClean && !ExitReason.exited(1).isClean)
    }

    @Test func `a worker that keeps ending cleanly does not spin`() {
        #expect(decision(.exited(0), deaths: 1).delay == .seconds(2))
    }

    @Test func `a worker that could not be started is tried again`() {
        #expect(decision(.notStarted(errno: 2)).delay == .seconds(1))
    }

    @Test func `jitter shortens a pause by at most its share`() {
        var jittery = policy
        jittery.jitter = 0.5
        #expect(decision(.exited(1), policy: jittery, random: 0).delay == .seconds(1))
        let shortest = decision(.exited(1), policy: jittery, random: .max).delay
        #expect(shortest >= .milliseconds(500) && shortest < .milliseconds(501))
    }
}

private struct FixedRandom: RandomNumberGenerator {
    let value: UInt64
    mutating func next() -> UInt64 { value }
}
