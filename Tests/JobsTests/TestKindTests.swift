import JobQueue
import Redis
import TestJobs
import TestSupport
import Testing

@testable import Jobs
@testable import Worker

/// The kinds that only tests enqueue. That `crash` kills its process is for the tests of the whole command.
@Suite(.serialized)
struct TestKindTests {
    private func attempt(_ bench: JobBench, _ kind: String, _ payload: String, _ id: String = "job") async throws
        -> StoredJob
    {
        try await bench.enqueue("flotilla.test.\(kind)", payload, id: id, queue: "test")
        return try await bench.attempt("test")
    }

    @Test func `noop does nothing, whatever its arguments`() async throws {
        let bench = try await JobBench(bots: [])
        for (index, payload) in ["{}", "null", "[1]", #""text""#, "7"].enumerated() {
            let job = try await attempt(bench, "noop", payload, "job-\(index)")
            #expect(job.state == .succeeded && job.envelope.outcome.isEmpty)
        }
    }

    @Test(arguments: [#"{"a":[1,2.5,null],"b":"Größe\n"}"#, "[]", "null", #""x""#, "17", #"{ "spaced" : true }"#])
    func `echo returns its arguments`(_ payload: String) async throws {
        let bench = try await JobBench(bots: [])
        #expect(try await attempt(bench, "echo", payload).envelope.outcome == #"{"result":\#(payload)}"#)
    }

    @Test func `sleep sleeps so long`() async throws {
        let clock = ManualClock()
        let bench = try await JobBench(bots: [], clock: clock)
        async let job = attempt(bench, "sleep", #"{"seconds": 2.5}"#)
        try await clock.waitForSleepers(within: .seconds(30))
        clock.advance(by: .milliseconds(2_499))
        #expect(clock.sleeperCount == 1)
        clock.advance(by: .milliseconds(1))
        #expect(try await job.envelope.outcome == #"{"result":2.5}"#)
    }

    @Test func `sleep honours cancellation`() async throws {
        let clock = ManualClock()
        let bench = try await JobBench(bots: [], clock: clock)
        try await bench.enqueue("flotilla.test.sleep", #"{"seconds": 60}"#, id: "job", queue: "test")
        let leased = try await bench.claim("test")
        let attempt = Attempt(job: leased, deadline: .now + .seconds(60))
        async let ended: Void = bench.runner.runUnderPlot(AttemptPlot(), attempt, bench.limiter)
        try await clock.waitForSleepers(within: .seconds(30))
        attempt.stop(.cancelRequested, at: .now)
        await ended
        #expect(try await bench.stored("job").state == .cancelled)
    }

    @Test(arguments: [#"{"seconds": -1}"#, #"{"seconds": 1e9}"#, "{}"])
    func `sleep refuses what is no time`(_ payload: String) async throws {
        let bench = try await JobBench(bots: [])
        #expect(try await attempt(bench, "sleep", payload).failure?.type == "bad-arguments")
    }

    @Test func `fail fails so many times with its message, then succeeds`() async throws {
        let bench = try await JobBench(bots: [])
        let first = try await attempt(bench, "fail", #"{"message": "boom", "times": 2}"#)
        #expect(first.state == .retrying && first.failure?.message == "boom" && first.failure?.type == "Failure")
        try await bench.makeDue("test")
        #expect(try await bench.attempt("test").state == .retrying)
        try await bench.makeDue("test")
        #expect(try await bench.attempt("test").envelope.outcome == #"{"result":3}"#)
    }

    @Test func `fail fails always unless told otherwise`() async throws {
        let bench = try await JobBench(bots: [])
        #expect(try await attempt(bench, "fail", "{}").failure?.message == "told to fail")
        let ended = try await bench.finish("job", in: "test")
        #expect(ended.state == .dead && ended.envelope.attempts == 8)
    }

    @Test func `crash that has happened often enough succeeds`() async throws {
        let bench = try await JobBench(bots: [])
        #expect(try await attempt(bench, "crash", #"{"times": 0}"#, "never").state == .succeeded)
        try await bench.enqueue("flotilla.test.crash", #"{"times": 1}"#, id: "once", queue: "test")
        try await bench.deadLetter(try await bench.claim("test"))
        #expect(try await bench.attempt("test").envelope.outcome == #"{"result":1}"#)
    }

    @Test func `record appends its value at the start, then sleeps`() async throws {
        let clock = ManualClock()
        let bench = try await JobBench(bots: [], clock: clock)
        async let job = attempt(bench, "record", #"{"key": "seen", "value": "a", "milliseconds": 50}"#)
        try await clock.waitForSleepers(within: .seconds(30))
        #expect(try await bench.redis.send(["LRANGE", "seen", 0, -1]).strings() == ["a"])
        clock.advance(by: .milliseconds(50))
        #expect(try await job.state == .succeeded)
    }

    @Test(arguments: ["flotilla:1:queues", "flotilla:", ""])
    func `record writes to no key of the queue`(_ key: String) async throws {
        let bench = try await JobBench(bots: [])
        let job = try await attempt(bench, "record", #"{"key": "\#(key)", "value": "a"}"#)
        #expect(job.state == .dead && job.failure?.type == "bad-arguments")
    }

    @Test func `spawn enqueues its children with the acknowledgement`() async throws {
        let bench = try await JobBench(bots: [])
        let payload = #"{"kind": "flotilla.test.echo", "args": {"n": [1, "x"]}, "count": 3, "queue": "other"}"#
        let job = try await attempt(bench, "spawn", payload)
        #expect(job.envelope.outcome == #"{"result":3}"#)
        let children = try await bench.jobs("other", .ready)
        #expect(children.map(\.id.description) == ["job:0", "job:1", "job:2"])
        #expect(
            children.allSatisfy {
                $0.payload == #"{"n":[1,"x"]}"# && $0.envelope.kind.description == "flotilla.test.echo"
            })
    }

    @Test func `spawn's defaults are one child, its own queue, no arguments`() async throws {
        let bench = try await JobBench(bots: [])
        _ = try await attempt(bench, "spawn", #"{"kind": "flotilla.test.noop"}"#)
        let children = try await bench.jobs("test", .ready)
        #expect(children.map(\.id.description) == ["job:0"] && children[0].payload == "{}")
    }

    @Test(arguments: [
        #"{"kind": "flotilla.test.noop", "count": 1001}"#, #"{"kind": "flotilla.test.noop", "count": -1}"#, "{}",
    ])
    func `spawn refuses what it cannot do`(_ payload: String) async throws {
        let bench = try await JobBench(bots: [])
        #expect(try await attempt(bench, "spawn", payload).failure?.type == "bad-arguments")
        #expect(try await bench.jobs("test", .ready).isEmpty)
    }

    /// A number that no `Double` holds, and lengths that no clock counts.
    @Test func `absurd numbers in arguments end the attempt, never the worker`() async throws {
        for (kind, payload) in [
            ("spawn", #"{"kind": "flotilla.test.noop", "args": [1e999]}"#), ("sleep", #"{"seconds": 1e308}"#),
            ("sleep", #"{"seconds": -1e308}"#), ("spawn", #"{"kind": "k", "count": 9223372036854775807}"#),
            ("record", #"{"key": "absurd", "value": "a", "milliseconds": -9223372036854775808}"#),
        ] {
            let bench = try await JobBench(bots: [])
            _ = try await attempt(bench, kind, payload)
        }
    }

    @Test func `the catalogue names exactly the kinds it registers`() async throws {
        let bench = try await JobBench(bots: [])
        let names = (JobCatalog.kinds + TestJobCatalog.kinds).map(\.name).sorted()
        #expect(bench.registry.kinds.map(\.description) == names)
        #expect(
            JobCatalog.kinds.allSatisfy { $0.name == $0.queue.description }
                && TestJobCatalog.kinds.allSatisfy { $0.queue.description == "test" })
    }
}
