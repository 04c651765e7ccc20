import JobQueue
import TestSupport
import Testing

@testable import Worker

/// Jobs that a worker does not know how to run.
@Suite struct ParkingTests {
    let bench: WorkerBench

    init() async throws { bench = try await WorkerBench() }

    private struct Second: Job {
        static let payloadVersion = 2
        func run(_ payload: Nothing, in context: JobContext) async throws -> JobOutput { JobOutput(result: "2") }
    }

    @Test func `an unknown kind is parked with its payload and all its attempts`() async throws {
        let worker = bench.start { (_: Nothing, _) in JobOutput() }
        let id = try await bench.enqueue("[7]", kind: try JobKind("evalution"))
        try await eventually("the worker has set it aside", within: .seconds(30)) {
            try await bench.job(id)?.envelope.events.contains("no worker of this pool knows kind 'evalution'") == true
        }
        let job = try #require(try await bench.job(id))
        #expect(job.state != .dead && job.state != .running)
        #expect((job.envelope.attempts, job.envelope.crashes) == (0, 0))
        #expect(job.envelope.payload == Array("[7]".utf8))
        try await worker.stop()
        #expect(try await bench.inspector.counts(of: bench.queue).dead == 0)
    }

    @Test func `a newer payload is parked, and an older one runs`() async throws {
        var registry = JobRegistry()
        registry.register(bench.kind, Second())
        let worker = bench.start(registry)
        let newer = try await bench.enqueue { $0.options.version = 3 }
        let same = try await bench.enqueue { $0.options.version = 2 }
        let older = try await bench.enqueue()
        for id in [same, older] { _ = try await bench.wait(for: id, toBe: .succeeded) }
        try await eventually("the worker has set it aside", within: .seconds(30)) {
            try await bench.job(newer)?.envelope.events.contains("version 3 of kind 'k'") == true
        }
        #expect(try await bench.job(newer)?.envelope.attempts == 0)
        try await worker.stop()
    }

    @Test func `a worker that knows the kind runs what another had parked`() async throws {
        let kind = try JobKind("new")
        let old = bench.start { (_: Nothing, _) in JobOutput() }
        let id = try await bench.enqueue(kind: kind)
        try await eventually("the worker has set it aside", within: .seconds(30)) {
            try await bench.job(id)?.envelope.events.contains("no worker of this pool knows") == true
        }
        try await old.stop()
        var registry = JobRegistry()
        registry.register(kind, Second())
        let new = bench.start(registry)
        let job = try await bench.wait(for: id, toBe: .succeeded)
        #expect((job.envelope.attempts, job.envelope.outcome) == (0, #"{"result":2}"#))
        try await new.stop()
    }

    @Test func `a gate opens for a handler of its kind and version`() throws {
        var registry = JobRegistry()
        registry.register(bench.kind, Second())
        #expect([1, 2, 3].map { registry.passes(.kind(bench.kind, version: $0)) } == [true, true, false])
        #expect(!registry.passes(.kind(try JobKind("other"), version: 1)))
    }
}
