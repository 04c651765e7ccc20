import Redis
import TestSupport
import Testing

@testable import JobQueue

/// Numbers at the edges, from callers and from Redis: they are refused, or brought within, and never end the process.
@Suite struct ExtremeNumberTests {
    private static let edges: [Int64] = [.min, .min + 1, -1, 0, 1, .max - 1, .max]

    @Test func `a duration of any length has milliseconds that may be added to a time`() {
        let now: Int64 = 1_800_000_000_000
        let lengths: [Duration] = [
            .seconds(Int64.max), .seconds(Int64.min), .milliseconds(Int64.max), .milliseconds(Int64.min), .zero,
            .milliseconds(-1), .seconds(Int64(1) << 60),
        ]
        for length in lengths { #expect((now + length.milliseconds).magnitude < 1 << 54) }
        #expect(Duration.milliseconds(1_500).milliseconds == 1_500)
        #expect(Duration.seconds(-2).milliseconds == -2_000)
    }

    @Test func `a retry is decided for any policy and any attempt`() {
        var random = SeededRandom(seed: 1)
        for base in Self.edges {
            for most in Self.edges {
                for attempt in [Int.min, -1, 0, 1, 41, 64, .max] {
                    for backoff in [RetryPolicy.Backoff.exponential, .fixed] {
                        let policy = RetryPolicy(
                            attempts: .max, backoff: backoff, baseMilliseconds: base, maxMilliseconds: most)
                        _ = policy.delay(after: attempt, using: &random)
                        _ = policy.settlement(
                            of: .failed(JobFailure(type: "t", message: "m", at: .max), notBefore: .min),
                            attempt: attempt, maxAttempts: nil, now: 1_800_000_000_000, using: &random)
                    }
                }
            }
        }
    }

    @Test func `a job with absurd times is refused, not computed`() throws {
        let now: Int64 = 1_800_000_000_000
        let queue = try QueueName("q")
        for edge in Self.edges where edge.magnitude > 1 {
            for start in [NewJob.Start.after(milliseconds: edge), .at(milliseconds: edge)] {
                var job = NewJob(kind: try JobKind("k"), queue: queue)
                job.start = start
                #expect(throws: JobQueueError.self) { try job.check(now: now) }
                _ = job.record(now: now, freshFor: edge)
            }
        }
    }

    @Test func `a limit takes any rate and any burst that a caller names`() async throws {
        let bench = try await QueueBench()
        let rates = [Double.nan, .infinity, -.infinity, 1e300, -1, 0]
        for rate in rates {
            for burst in [Int.min, -1, Int.max] {
                let limiter = RateLimiter(
                    broker: bench.broker,
                    buckets: [TokenBucket(name: "l", ratePerSecond: rate, burst: burst, windowMilliseconds: 1_000)])
                try await limiter.set("l", ratePerSecond: rate, burst: burst)
                // What a bucket without tokens answers is no matter here.
                _ = try? await limiter.take("l", for: "c")
                _ = try await limiter.levels()
            }
        }
    }

    @Test func `a replay at any pace has steps`() {
        for rate in [Double.infinity, .nan, 1e300, 1e-300, -1, 0, 5] {
            #expect(!ReplayPace(perSecond: rate).steps(for: 3).isEmpty)
        }
    }

    @Test func `levels and circuits are shown whatever their keys hold`() async throws {
        let bench = try await QueueBench()
        let (redis, keyspace) = (bench.redis, bench.broker.keyspace)
        let limiter = RateLimiter(broker: bench.broker, buckets: [TokenBucket(name: "l", ratePerSecond: 1, burst: 1)])
        let rules = CircuitRules(name: "c", ramp: .seconds(Int64.max))
        let circuits = CircuitBreaker(broker: bench.broker, circuits: [rules])
        for edge in Self.edges {
            let number = RedisWord.integer(Int(edge))
            _ = try await redis.send([
                "HSET", .text(keyspace.limit("l")), "tokens", number, "at", number, "back", number, "closed", number,
            ])
            _ = try await redis.send([
                "HSET", .text(keyspace.limitSetting("l")), "rate", number, "burst", number, "window", number,
            ])
            _ = try await redis.send([
                "HSET", .text(keyspace.circuit("c")), "phase", "ramping", "ramp", number, "until", number, "since",
                number, "openings", number, "failures", .text("f \(edge):1"),
            ])
            #expect(try await limiter.levels().count == 1)
            #expect(try await circuits.states().count == 1)
        }
    }

    @Test(arguments: ["inf", "-inf", "1e300", "-9.3e18"])
    func `jobs are listed whatever their scores`(_ score: String) async throws {
        let bench = try await QueueBench()
        for key in [bench.keys.scheduled, bench.keys.retrying, bench.keys.dead, bench.keys.ticks] {
            _ = try await bench.redis.send(["ZADD", .text(key), .text(score), "j"])
        }
        _ = try await bench.redis.send(["HSET", .text(bench.keys.jobs), "j", .text(record())])
        for state in [JobState.scheduled, .retrying, .dead] {
            #expect(try await bench.inspector.jobs(in: bench.queue, state: state, limit: 10).count == 1)
        }
        #expect(try await bench.inspector.job(JobID("j")) != nil)
        let retention = DeadLetterRetention(broker: bench.broker) { _ in }
        _ = try await retention.trim(bench.queue, age: .seconds(Int64.max), count: nil)
        _ = try await retention.excess(in: bench.queue, age: .seconds(Int64.max), count: .max)
        _ = try await QueueAuditor(broker: bench.broker).audit()
    }

    @Test func `a queue is counted whatever its counters hold`() async throws {
        let bench = try await QueueBench()
        for edge in Self.edges {
            let names = ["tombstones", "enqueued", "succeeded", "crashes", "ticks_skipped", "died", "paused_until"]
            let slot = try await bench.broker.clock.now() / 10_000
            var fields = names.flatMap { [RedisWord.text($0), .integer(Int(edge))] }
            for index in 0..<8 { fields += [.text("window:\(index)"), .text("\(slot) \(edge) \(edge)")] }
            fields += ["paused_reason", .bytes([0xFF, 0x41]), "last:e", .integer(Int(edge))]
            _ = try await bench.redis.send(RedisCommand(["HSET", .text(bench.keys.meta)] + fields))
            let counts = try await bench.counts()
            #expect(counts.ready >= 0)
            _ = try await bench.broker.schedules.lastTicks(of: ["e"], in: [bench.queue, bench.queue])
            _ = try await QueueAuditor(broker: bench.broker).audit()
        }
    }

    @Test func `what has absurd times is left out or brought within`() async throws {
        let bench = try await QueueBench()
        let (redis, keyspace) = (bench.redis, bench.broker.keyspace)
        for edge in Self.edges where edge.magnitude > 1 {
            _ = try await redis.send(["HSET", .text(bench.keys.entries), "p:e", .text("\(edge) \(edge) skip\na\nr")])
            #expect(try await bench.broker.schedules.entryPauses(in: bench.queue).isEmpty)
            _ = try await redis.send(["HSET", .text(keyspace.schedulers), "s", .text("\(edge) \(edge)")])
            #expect(try await bench.inspector.schedulers().isEmpty)
            let worker = WorkerID(unchecked: "w9")
            let now = try await bench.broker.clock.now()
            _ = try await redis.send(["ZADD", .text(keyspace.workers), .integer(Int(now)), "w9"])
            _ = try await redis.send(["HSET", .text(keyspace.left), "pool", .integer(Int(edge))])
            _ = try await WorkerRegistry(broker: bench.broker).losses()
            _ = try await redis.send([
                "HSET", .text(keyspace.worker(worker)), "heartbeat", .integer(Int(edge)), "started",
                .integer(Int(edge)), "host", .bytes([0xFF]),
            ])
            let reports = try await WorkerRegistry(broker: bench.broker).live()
            #expect(reports.map(\.heartbeatMilliseconds) == [0])
            let history = """
                {"first":\(edge),"nominal":\(edge),"count":1,"at":1,"epoch":1,"outcome":"enqueued","jobs":1}
                """
            let good = #"{"first":1,"nominal":1,"count":1,"at":1,"epoch":1,"outcome":"enqueued","jobs":1}"#
            _ = try await redis.send([
                "LPUSH", .text(bench.keys.history("h\(edge)")), .text(history), .bytes([0xFF]), .text(good),
            ])
            let read = try await bench.broker.schedules.tickHistory(of: "h\(edge)", in: [bench.queue])
            #expect(read.records.map(\.nominal) == [1] && read.unreadable == 2)
        }
    }

    @Test func `pauses and leases of any length hold`() async throws {
        let bench = try await QueueBench()
        try await bench.broker.pause(bench.queue, for: .seconds(Int64.max), reason: "r")
        #expect(try await bench.counts().pausedBecause == "r")
        try await bench.broker.schedules.pauseEntry(
            "e", in: bench.queue, for: .seconds(Int64.max), by: "a", reason: "r")
        #expect(try await bench.broker.schedules.entryPauses(in: bench.queue).count == 1)
        _ = try await bench.broker.claims.extendLease(on: bench.queue, of: bench.w1, lease: .seconds(Int64.max))
        #expect(try await bench.broker.maintenance.sweepFinished(in: bench.queue, olderThan: .seconds(Int64.max)) == 0)
    }

    @Test func `a result that is no JSON is kept as a text, and one with line breaks in one line`() async throws {
        let bench = try await QueueBench()
        try await bench.broker.enqueue((0..<3).map { try bench.job("j\($0)") })
        let results = ["not JSON\n", "\u{FEFF}{}", "[1,\r\n 2,\"\u{2028}\"]"]
        let completions = zip(try await bench.fetch(3), results).map { Completion($0, output: JobOutput(result: $1)) }
        #expect(try await bench.broker.claims.acknowledge(completions) == [true, true, true])
        var outcomes: [String] = []
        for index in 0..<3 {
            let stored = try await bench.inspector.job(JobID("j\(index)"))
            outcomes.append(stored?.envelope.outcome ?? "")
        }
        #expect(outcomes.allSatisfy { JSONSyntax.problem(in: $0.utf8) == nil }, "\(outcomes)")
        #expect(outcomes.last == "{\"result\":[1,  2,\"\u{2028}\"]}")
    }
}
