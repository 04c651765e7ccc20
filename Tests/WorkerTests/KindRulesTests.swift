import JobQueue
import TestSupport
import Testing

@testable import Worker

/// What is stated for one kind: in the schedule file, in its code.
@Suite struct KindRulesTests {
    let bench: WorkerBench

    init() async throws { bench = try await WorkerBench() }

    private struct Once: Job {
        static let retry: RetryPolicy? = RetryPolicy(attempts: 1)
        func run(_ payload: Nothing, in context: JobContext) async throws -> JobOutput { throw RunFailure(text: "no") }
    }

    @Test func `the file's rule for a kind comes before its code, and that before the queue`() throws {
        let (kind, other) = (bench.kind, try JobKind("other"))
        let rules = QueueRules(
            name: bench.queue, retry: RetryPolicy(attempts: 7),
            kinds: [kind: KindRules(retry: RetryPolicy(attempts: 3)), other: KindRules(timeout: .seconds(5))])
        #expect(rules.retry(of: kind, inCode: RetryPolicy(attempts: 5)).attempts == 3)
        #expect(rules.retry(of: other, inCode: RetryPolicy(attempts: 5)).attempts == 5)
        #expect(rules.retry(of: other, inCode: nil).attempts == 7)
    }

    @Test func `a job's own time comes before its kind's, and that before the queue's`() async throws {
        var rules = QueueRules(name: bench.queue, timeout: .seconds(9))
        _ = try await bench.enqueue { $0.options.timeoutMilliseconds = 20 }
        _ = try await bench.enqueue()
        var random = SeededRandom(seed: 1)
        let worker = WorkerID(host: "h", pid: 1, using: &random)
        let own = try #require(try await bench.claim(as: worker))
        let plain = try #require(try await bench.claim(as: worker))
        #expect([own, plain].map { rules.timeout(of: $0) } == [.milliseconds(20), .seconds(9)])
        rules.kinds[bench.kind] = KindRules(timeout: .seconds(4))
        #expect([own, plain].map { rules.timeout(of: $0) } == [.milliseconds(20), .seconds(4)])
    }

    @Test func `a kind that says in its code how often is tried so often`() async throws {
        var registry = JobRegistry()
        registry.register(bench.kind, Once())
        let worker = bench.start(registry)
        #expect(try await bench.wait(for: try await bench.enqueue(), toBe: .dead).envelope.attempts == 1)
        try await worker.stop()
        let stricter = bench.start(
            registry,
            bench.plan { $0.kinds[bench.kind] = KindRules(retry: RetryPolicy(attempts: 3, baseMilliseconds: 1)) })
        #expect(try await bench.wait(for: try await bench.enqueue(), toBe: .dead).envelope.attempts == 3)
        try await stricter.stop()
    }

    @Test func `an error that a rule names is never tried again`() async throws {
        let worker = bench.start(bench.plan { $0.retry.rules = [ErrorRule(type: "RunFailure", never: true)] }) {
            (_: Nothing, _) in throw RunFailure(text: "no")
        }
        #expect(try await bench.wait(for: try await bench.enqueue(), toBe: .dead).envelope.attempts == 1)
        try await worker.stop()
    }
}
