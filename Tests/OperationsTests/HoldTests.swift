import Testing

@testable import Operations

/// What holds jobs back, in words.
@Suite struct HoldTests {
    private func hold(
        _ cause: Hold.Cause, _ name: String? = nil, count: Int = 3, since: Int64? = nil, until: Int64? = nil,
        reason: String = "", isOfTestKind: Bool = false
    ) -> Hold {
        Hold(
            cause: cause, name: name, queue: "market", count: count, since: since, until: until, reason: reason,
            isOfTestKind: isOfTestKind)
    }

    @Test func `a sentence names the jobs, the cause and the time`() {
        let paused = hold(.paused, until: 70_000, reason: "a\nrelease")
        #expect(
            paused.sentence(at: 10_000) == "3 jobs of 'market' wait: queue 'market' is paused, 1m0s more: a release")
        #expect(paused.shortText(at: 10_000) == "paused for 1m0s: a release")
        let unserved = hold(.unserved, count: 1, since: 0)
        #expect(
            unserved.sentence(at: 5_000)
                == "1 job of 'market' waits, 5s so far: no live worker serves queue 'market'")
        #expect(
            hold(.retrying, count: 1, until: 9_000).sentence(at: 4_000, jobs: "it")
                == "it waits for the next attempt, in 5s")
    }

    @Test func `the remedy of an unknown kind tells a kind for tests from others`() {
        #expect(
            hold(.unknownKind, "flotilla.test.echo", isOfTestKind: true).remedy
                == "Start a worker with it: flotilla worker --queues market --with-test-jobs")
        #expect(hold(.unknownKind, "evaluation").remedy?.hasSuffix("flotilla jobs list --state parked") == true)
        #expect(hold(.busy).remedy == nil)
    }

    @Test func `a job gives the reason that a person may want to change, before any other`() {
        let holds = [hold(.inLine, reason: "1 job is before it"), hold(.crashed)]
        #expect(
            Hold.reason(holds, at: 0) == "it waits: a worker died with it, and such jobs are handed out one by one")
        #expect(Hold.reason([hold(.dueLater)], at: 0) == nil)
    }
}
