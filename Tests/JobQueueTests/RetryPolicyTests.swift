import TestSupport
import Testing

@testable import JobQueue

@Suite struct RetryPolicyTests {
    private func failure() -> JobFailure { JobFailure(type: "t", message: "m", at: 1) }

    @Test func `the wait doubles up to its maximum`() {
        var random = SeededRandom(seed: 1)
        let policy = RetryPolicy(attempts: 9, baseMilliseconds: 2_000, maxMilliseconds: 10_000, jitter: false)
        #expect(
            (1...6).map { policy.delay(after: $0, using: &random) } == [2_000, 4_000, 8_000, 10_000, 10_000, 10_000])
    }

    @Test func `a fixed wait stays the same`() {
        var random = SeededRandom(seed: 1)
        let policy = RetryPolicy(backoff: .fixed, baseMilliseconds: 700, maxMilliseconds: 600, jitter: false)
        #expect([1, 2, 50].map { policy.delay(after: $0, using: &random) } == [600, 600, 600])
    }

    @Test(arguments: [1, 2, 3, 40, 64, 1_000, .max])
    func `no attempt number and no base overflows`(_ attempt: Int) {
        var random = SeededRandom(seed: 1)
        for base in [Int64(0), 1, 1_000, .max / 2, .max] {
            let policy = RetryPolicy(baseMilliseconds: base, maxMilliseconds: 300_000)
            #expect((0...300_000).contains(policy.delay(after: attempt, using: &random)))
        }
    }

    @Test func `jitter stays between a tenth and the whole and reaches both ends`() {
        var random = SeededRandom(seed: 7)
        let policy = RetryPolicy(baseMilliseconds: 1_000)
        let waits = (0..<5_000).map { _ in policy.delay(after: 1, using: &random) }
        #expect(waits.allSatisfy { (100...1_000).contains($0) })
        #expect(waits.min()! < 110 && waits.max()! > 990)
        let tiny = RetryPolicy(baseMilliseconds: 10)
        #expect(tiny.delay(after: 1, using: &random) == 10)
    }

    @Test func `a failure is retried until its last attempt`() {
        var random = SeededRandom(seed: 1)
        let policy = RetryPolicy(attempts: 3, baseMilliseconds: 1_000, jitter: false)
        func end(_ attempt: Int, own: Int? = nil) -> String {
            switch policy.settlement(
                of: .failed(failure(), notBefore: nil), attempt: attempt, maxAttempts: own, now: 50, using: &random)
            {
            case .retry(let due, _): "retry at \(due)"
            case .deadLetter: "dead"
            case .acknowledge, .postpone, .park, .cancel, .expire: "?"
            }
        }
        #expect([1, 2, 3, 4].map { end($0) } == ["retry at 1050", "retry at 2050", "dead", "dead"])
        #expect([1, 4, 5].map { end($0, own: 5) } == ["retry at 1050", "retry at 8050", "dead"])
        #expect(end(1, own: 1) == "dead")
    }

    @Test func `a server's demand to wait is kept when it is longer`() {
        var random = SeededRandom(seed: 1)
        let policy = RetryPolicy(baseMilliseconds: 1_000, jitter: false)
        for (notBefore, due) in [(Int64(10), Int64(1_050)), (99_000, 99_000)] {
            let settlement = policy.settlement(
                of: .failed(failure(), notBefore: notBefore), attempt: 1, maxAttempts: nil, now: 50, using: &random)
            guard case .retry(due, _) = settlement else {
                Issue.record("\(settlement)")
                continue
            }
        }
    }

    @Test func `the first rule that matches an error counts`() {
        var random = SeededRandom(seed: 1)
        let policy = RetryPolicy(
            attempts: 3, baseMilliseconds: 1_000, jitter: false,
            rules: [
                ErrorRule(type: "NoFunds", never: true),
                ErrorRule(message: "maintenance", baseMilliseconds: 60_000, maxMilliseconds: 90_000),
                ErrorRule(type: "Busy", message: "usy", attempts: 5),
                ErrorRule(message: "busy", attempts: 1), ErrorRule(attempts: 1),
            ])
        func end(_ type: String, _ message: String, _ attempt: Int, own: Int? = nil, notBefore: Int64? = nil) -> String
        {
            let failure = JobFailure(type: type, message: message, at: 1)
            switch policy.settlement(
                of: .failed(failure, notBefore: notBefore), attempt: attempt, maxAttempts: own, now: 0, using: &random)
            {
            case .retry(let due, _): return "\(due)"
            case .deadLetter: return "dead"
            case .acknowledge, .postpone, .park, .cancel, .expire: return "?"
            }
        }
        #expect(end("NoFunds", "down for maintenance", 1, own: 9) == "dead")
        #expect([1, 2, 3].map { end("T", "down for maintenance", $0) } == ["60000", "90000", "dead"])
        #expect([1, 4, 5].map { end("Busy", "busy", $0) } == ["1000", "8000", "dead"])
        #expect(end("Busy", "Busy", 2, own: 2) == "2000")
        #expect([end("T", "busy", 1), end("T", "Busy", 1), end("busy", "", 1)] == ["dead", "1000", "1000"])
        // A server's demand is longer than any rule's wait, or does not count.
        #expect(end("T", "maintenance", 1, notBefore: 99_000) == "99000")
        #expect(end("T", "maintenance", 1, notBefore: 5_000) == "60000")
    }

    @Test func `each other outcome has its settlement on any attempt`() {
        var random = SeededRandom(seed: 1)
        let policy = RetryPolicy(attempts: 1)
        func name(_ outcome: AttemptOutcome) -> String {
            switch policy.settlement(of: outcome, attempt: 9, maxAttempts: nil, now: 50, using: &random) {
            case .acknowledge(let output): "acknowledge \(output.result) \(output.children.count)"
            case .park(let gate, _): "park \(gate)"
            case .postpone(let until, let reason): "postpone \(until) \(reason)"
            case .deadLetter(let failure): "dead \(failure.message)"
            case .cancel: "cancel"
            case .expire: "expire"
            case .retry: "retry"
            }
        }
        #expect(name(.succeeded(JobOutput(result: "7"))) == "acknowledge 7 0")
        #expect(name(.postponed(until: 90, reason: "limit")) == "postpone 90 limit")
        #expect(name(.refused(failure())) == "dead m")
        #expect(name(.cancelled) == "cancel")
        #expect(name(.expired) == "expire")
    }
}
