import CoreMetrics
import JobQueue
import Logging
import MetricsTestKit
import Redis
import Synchronization
import TestSupport
import Testing

@testable import Worker

/// What goes around handlers.
@Suite struct MiddlewareTests {
    let bench: WorkerBench

    init() async throws { bench = try await WorkerBench() }

    private static func logger(_ lines: Signal) -> Logger { Logger(label: "test") { _ in LineLog(lines: lines) } }

    private static func words(_ keys: [String], _ logger: Logger) -> String {
        keys.map { "\(logger[metadataKey: $0] ?? "-")" }.joined(separator: " ")
    }

    /// Says when it is passed, on the way in and out.
    private struct Passage: JobMiddleware {
        let name: String
        let signal: Signal

        func run(_ context: JobContext, next: @Sendable (JobContext) async throws -> JobOutput) async throws
            -> JobOutput
        {
            signal.send("\(name) in")
            var output = try await next(context)
            signal.send("\(name) out")
            output.result += "\(output.result.count)"
            return output
        }
    }

    @Test func `middleware goes around the handler, the first one outermost, and may change its output`() async throws {
        let signal = Signal()
        let passages = ["a", "b"].map { Passage(name: $0, signal: signal) }
        let worker = bench.start(middleware: passages) { (_: Nothing, _) in
            signal.send("handler")
            return JobOutput(result: "9")
        }
        let job = try await bench.wait(for: try await bench.enqueue(), toBe: .succeeded)
        #expect(signal.all == ["a in", "b in", "handler", "b out", "a out"])
        #expect(job.envelope.outcome == #"{"result":912}"#)
        try await worker.stop()
    }

    @Test func `attempts are counted by kind and outcome, and their time is measured`() async throws {
        let metrics = TestMetrics()
        let worker = bench.start(middleware: [AttemptMetrics(factory: metrics)]) { (payload: [String], context) in
            switch payload[0] {
            case "refuse": throw JobStop.refuse(type: "t", message: "m")
            case "postpone" where context.job.envelope.events.isEmpty:
                throw JobStop.postpone(milliseconds: 1, reason: "r")
            case "fail": throw RunFailure(text: "no")
            default: return JobOutput()
            }
        }
        for (payload, state) in [
            ("refuse", JobState.dead), ("postpone", .succeeded), ("fail", .dead), ("go", .succeeded),
        ] {
            _ = try await bench.wait(for: try await bench.enqueue("[\"\(payload)\"]"), toBe: state)
        }
        try await worker.stop()
        func count(_ outcome: String) throws -> Int64 {
            try metrics.expectCounter("flotilla_attempts", [("kind", "k"), ("outcome", outcome)]).totalValue
        }
        #expect(try ["refused", "postponed", "failed", "succeeded"].map { try count($0) } == [1, 1, 2, 2])
        #expect(try metrics.expectTimer("flotilla_attempt_duration", [("kind", "k")]).values.count == 6)
    }

    @Test func `the attempts of all workers are summed in Redis, and a write that failed is repeated`() async throws {
        let bench = bench
        for number in 0..<2 {
            let counter = AttemptCounter(broker: bench.broker)
            let worker = bench.start(middleware: [AttemptMetrics(factory: counter)]) { (payload: [Int], _) in
                if payload == [1] { throw JobStop.refuse(type: "t", message: "m") }
                return JobOutput()
            }
            _ = try await bench.wait(for: try await bench.enqueue("[0]"), toBe: .succeeded)
            _ = try await bench.wait(for: try await bench.enqueue("[1]"), toBe: .dead)
            try await worker.stop()
            if number == 0 {
                // Another type at the key: the write is refused.
                let key = RedisWord.text(QueueKeys().attempts)
                _ = try await bench.redis.send(["SET", key, "1"])
                await counter.write()
                _ = try await bench.redis.send(["DEL", key])
            }
            await counter.write()
            await counter.write()
        }
        let totals = try await AttemptStore(broker: bench.broker).totals()
        #expect(totals.kinds["k"]?.outcomes == ["succeeded": 2, "refused": 2])
        #expect(totals.kinds["k"]?.durations.reduce(0, +) == 4)
        #expect(totals.kinds["k"].map { $0.microseconds > 0 } == true)
    }

    @Test func `a trace goes on from the job to its children`() async throws {
        let given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
        let bench = bench
        let lines = Signal()
        let worker = bench.start(middleware: [AttemptTracing()], logger: Self.logger(Signal())) {
            (payload: [Int], context) in
            lines.send(Self.words(["trace", "span", "parent_span"], context.logger))
            guard payload == [0] else { return JobOutput() }
            return JobOutput(children: [NewJob(kind: bench.kind, queue: bench.queue, payload: try JobPayload([1]))])
        }
        let id = try await bench.enqueue("[0]") { $0.options.traceParent = given }
        let child = try await bench.wait(for: try id.child("0"), toBe: .succeeded)
        let trace = try #require(JobOptions(text: child.envelope.options).traceParent.flatMap { TraceParent($0) })
        #expect(trace.trace == "0af7651916cd43dd8448eb211c80319c" && trace.flags == "00")
        #expect(lines.all[0] == "\(trace.trace) \(trace.span) b7ad6b7169203331")
        #expect(lines.all[1].hasPrefix(trace.trace) && lines.all[1].hasSuffix(trace.span))
        _ = try await bench.wait(
            for: try await bench.enqueue("[1]") { $0.options.traceParent = "nonsense" }, toBe: .succeeded)
        #expect(lines.all[2].hasSuffix(" -") && !lines.all[2].hasPrefix(trace.trace))
        try await worker.stop()
    }

    @Test(arguments: [
        "", "00", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", "00-0-0-00",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
    ])
    func `what is no trace context is not taken for one`(_ text: String) { #expect(TraceParent(text) == nil) }

    @Test func `trace context is written as it is read, and a later version is read as far as it is known`() throws {
        let text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        #expect(TraceParent(text)?.description == text)
        #expect(TraceParent("01" + text.dropFirst(2) + "-more")?.description == text)
        var random = SeededRandom(seed: 1)
        let new = TraceParent.start(using: &random)
        #expect(TraceParent(new.description) == new && new.next(using: &random).trace == new.trace)
    }

    @Test func `every line of a handler names its job`() async throws {
        let seen = Signal()
        let worker = bench.start(middleware: [AttemptLogging()], logger: Self.logger(Signal())) {
            (_: Nothing, context) in
            seen.send(Self.words(["job", "kind", "queue", "attempt"], context.logger))
            return JobOutput()
        }
        let id = try await bench.enqueue()
        _ = try await bench.wait(for: id, toBe: .succeeded)
        #expect(seen.all == ["\(id) k q 1"])
        try await worker.stop()
    }

    @Test func `start and end of a handler are told at debug`() async throws {
        let lines = Signal()
        _ = try await bench.enqueue()
        var random = SeededRandom(seed: 1)
        let job = try #require(try await bench.claim(as: WorkerID(host: "h", pid: 1, using: &random)))
        let context = JobContext(
            attempt: Attempt(job: job, deadline: .now), options: JobOptions(), broker: bench.broker,
            policy: ActivePolicy(bench.plan(), bench.broker).current.policy, prepaid: [], clock: ManualClock(),
            logger: Self.logger(lines))
        _ = try await AttemptLogging().run(context) { _ in JobOutput() }
        await #expect(throws: RunFailure.self) {
            try await AttemptLogging().run(context) { _ in throw RunFailure(text: "no") }
        }
        #expect(lines.all == ["started", "handler returned", "started", "handler threw"])
    }
}

/// Sends the messages to a signal.
private struct LineLog: LogHandler {
    let lines: Signal
    var logLevel = Logger.Level.debug
    var metadata: Logger.Metadata = [:]

    init(lines: Signal) { self.lines = lines }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { lines.send("\(event.message)") }
}
