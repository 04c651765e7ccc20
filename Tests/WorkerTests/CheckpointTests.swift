import TestSupport
import Testing

@testable import JobQueue
@testable import Worker

/// What handlers store of their progress.
@Suite struct CheckpointTests {
    let bench: WorkerBench

    init() async throws { bench = try await WorkerBench() }

    struct Progress: Codable, Equatable, Sendable { var page: Int }

    @Test func `a checkpoint that came with the job is read`() async throws {
        let worker = bench.start { (_: Nothing, context) in
            #expect(context.checkpoint(as: [String].self) == nil)
            return JobOutput(result: "\(context.checkpoint(as: Progress.self)?.page ?? 0)")
        }
        let id = try await bench.enqueue { $0.options.checkpoint = #"{"page":7}"# }
        #expect(try await bench.wait(for: id, toBe: .succeeded).envelope.outcome == #"{"result":7}"#)
        let without = try await bench.enqueue()
        #expect(try await bench.wait(for: without, toBe: .succeeded).envelope.outcome == #"{"result":0}"#)
        try await worker.stop()
    }

    @Test
    func `the next attempt goes on where the last one stored its progress`() async throws {
        let seen = Signal()
        let worker = bench.start { (_: Nothing, context) in
            let page = context.checkpoint(as: Progress.self)?.page ?? 0
            seen.send("\(page)")
            try await context.checkpoint(Progress(page: page + 1))
            #expect(context.checkpoint(as: Progress.self) == Progress(page: page + 1))
            if context.attempt == 1 { throw RunFailure(text: "half-way") }
            return JobOutput()
        }
        let job = try await bench.wait(for: try await bench.enqueue(), toBe: .succeeded)
        #expect(seen.all == ["0", "1"])
        #expect(JobOptions(text: job.envelope.options).checkpoint == #"{"page":2}"#)
        try await worker.stop()
    }

    @Test func `the job that is settled is the one with the newest checkpoint`() async throws {
        _ = try await bench.enqueue()
        var random = SeededRandom(seed: 1)
        let job = try #require(try await bench.claim(as: WorkerID(host: "h", pid: 1, using: &random)))
        let attempt = Attempt(job: job, deadline: .now)
        var options = JobOptions()
        options.checkpoint = #"{"page":3}"#
        var envelope = job.envelope
        envelope.options = options.encoded()
        attempt.job = LeasedJob(
            id: job.id, queue: job.queue, worker: job.worker, fence: job.fence,
            startedMilliseconds: job.startedMilliseconds, envelope: envelope)
        let context = JobContext(
            attempt: attempt, options: JobOptions(), broker: bench.broker,
            policy: ActivePolicy(bench.plan(), bench.broker).current.policy, prepaid: [], clock: ManualClock(),
            logger: .quiet)
        #expect(context.checkpoint(as: Progress.self) == Progress(page: 3))
        #expect(context.job == attempt.job)
    }
}
