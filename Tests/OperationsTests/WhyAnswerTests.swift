import Testing

@testable import JobQueue
@testable import Operations

/// Holds as answers, and memory in words.
@Suite struct WhyAnswerTests {
    private func hold(
        _ cause: Hold.Cause, _ name: String? = nil, count: Int = 1, until: Int64? = nil, reason: String = ""
    ) -> Hold {
        Hold(cause: cause, name: name, queue: "market", count: count, until: until, reason: reason)
    }

    private func worker(_ state: String, running: Int = 0) -> WorkerReport {
        var random = SystemRandomNumberGenerator()
        return WorkerReport(
            id: WorkerID(host: "h", pid: 1, using: &random), host: "h", pid: 1, pool: "p", state: state,
            queues: ["market"], slots: 2, running: running, rssBytes: 0, startedMilliseconds: 0,
            heartbeatMilliseconds: 0)
    }

    @Test func `a pause tells by whom and for how long`() {
        var evidence = HoldEvidence()
        evidence.note = OperatorLogEntry(
            id: "op-1", at: 0, who: "ada@host", action: "queue.pause", target: "market", why: "a release",
            before: "null",
            after: "null")
        let answer = hold(.paused, until: 70_000, reason: "a release").answer("job 'x'", evidence, at: 10_000)
        #expect(answer.cause == "queue-paused")
        #expect(answer.sentence == "job 'x' waits: queue 'market' is paused by ada@host, 1m0s more: a release")
        #expect(answer.facts.first?.source == "operator log")
        #expect(answer.remedy == "Let it go on with: flotilla queues resume market")
    }

    @Test func `workers that stop are told from workers that are not there`() {
        var evidence = HoldEvidence()
        #expect(hold(.unserved).answer("it", evidence, at: 0).cause == "no-worker")
        evidence.stopping = [worker("draining")]
        let answer = hold(.unserved).answer("job 'x'", evidence, at: 0)
        #expect(answer.cause == "workers-stopping")
        #expect(
            answer.sentence
                == "job 'x' waits: the one worker that serves queue 'market' is draining and takes no more jobs")
    }

    @Test func `a setting in the reason of a postponement is the cause`() {
        func cause(_ reason: String) -> String {
            hold(.postponed, reason: reason).answer("it", HoldEvidence(), at: 0).cause
        }
        #expect(cause("TRADING_ENABLED is false: no order is placed") == "trading-disabled")
        #expect(cause("CACHE_ENABLED is false") == "cache-disabled")
        #expect(cause("the cache has no fresh data of SOL-USD") == "postponed")
    }

    @Test func `memory is told with what bounds it`() throws {
        var memory = QueueMemory()
        (memory.jobs, memory.history, memory.dead, memory.schedule) = (100, 20, 30, 4)
        var rules = QueueRules(name: try QueueName("a"))
        rules.settings.maxWaiting = 50
        rules.maintenance.deadAge = .seconds(86_400)
        rules.maintenance.deadCount = 7
        let uses = MemoryReading.uses(memory, [rules, QueueRules(name: try QueueName("b"))], used: 1_000, cache: 6)
        #expect(uses.map(\.bytes) == [100, 20, 30, 4, 6, 840])
        #expect(uses[0].bound == "max_waiting: a 50; else no max_waiting: Redis' memory alone")
        #expect(uses[2].bound == "dead_retention: a 1d0h and 7 jobs; else kept until a person decides")
        let plain = MemoryReading.uses(memory, [], used: nil, cache: nil)
        #expect(plain[2].bound == "kept until a person decides" && plain[5].bytes == 0)
    }
}
