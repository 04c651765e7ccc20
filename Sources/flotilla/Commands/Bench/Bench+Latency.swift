import ArgumentParser
import Foundation
import JobQueue
import Logging
import Redis
import ServiceLifecycle
import Synchronization
import Worker

extension Bench {
    struct Latency: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "From the call that enqueues to the start of the handler on an idle worker, beside a round trip.")

        @Option(help: "Jobs, one after the other.") var jobs = 2_000
        @Flag(help: "One JSON document on stdout.") var json = false

        func validate() throws { try Bench.check("jobs", jobs, 10...1_000_000) }

        func run() async throws { try await BenchPlace.measure(asJSON: json) { try await measure($0) } }

        private func measure(_ place: BenchPlace) async throws -> [BenchRow] {
            let quiet = BenchPlace.quiet
            let redis = RedisClient(address: place.server.address, logger: quiet)
            let broker = Broker(redis: redis)
            let start = StartNote()
            var registry = JobRegistry()
            registry.register(try JobKind(BenchPlace.kind), start)
            let worker = WorkerService(
                broker: broker, limiter: RateLimiter(broker: broker, buckets: []), registry: registry,
                plan: WorkerPlan(pool: "bench", queues: [QueueRules(name: place.queue)], slots: 10), host: "bench",
                pid: getpid(), middleware: [], logger: quiet, endProcess: { _ in })
            let group = ServiceGroup(services: [worker], logger: quiet)
            return try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await group.run() }
                let job = NewJob(kind: try JobKind(BenchPlace.kind), queue: place.queue)
                var starts: [Double] = []
                var trips: [Double] = []
                for number in 0..<jobs + 100 {
                    let begin = ContinuousClock.now
                    try await place.broker.enqueue(job)
                    let at = await start.next()
                    let asked = ContinuousClock.now
                    _ = try await place.redis.send(["PING"])
                    let trip = asked.duration(to: .now).seconds * 1_000
                    // The first ones find nothing warm.
                    guard number >= 100 else { continue }
                    starts.append(begin.duration(to: at).seconds * 1_000)
                    trips.append(trip)
                }
                await group.triggerGracefulShutdown()
                try await tasks.waitForAll()
                await redis.close()
                let (start, trip) = (Quantiles(starts), Quantiles(trips))
                return [
                    BenchRow("round trip, p50", trip[0.5], "ms"), BenchRow("round trip, p99", trip[0.99], "ms"),
                    BenchRow("enqueue to start, p50", start[0.5], "ms"),
                    BenchRow("enqueue to start, p99", start[0.99], "ms"),
                    BenchRow("p50 in round trips", start[0.5] / max(trip[0.5], 1e-6), ""),
                    BenchRow("p99 in round trips", start[0.99] / max(trip[0.5], 1e-6), ""),
                ]
            }
        }
    }
}

/// Notes when its handler starts, and hands the moment over.
private final class StartNote: Job {
    struct Payload: Decodable, Sendable {}

    private struct State {
        var starts: [ContinuousClock.Instant] = []
        var waiting: CheckedContinuation<ContinuousClock.Instant, Never>?
    }

    private let state = Mutex(State())

    func run(_ payload: Payload, in context: JobContext) async throws -> JobOutput {
        let now = ContinuousClock.now
        let waiting = state.withLock { state in
            defer { state.waiting = nil }
            if state.waiting == nil { state.starts.append(now) }
            return state.waiting
        }
        waiting?.resume(returning: now)
        return JobOutput()
    }

    /// The next start, once it is there.
    func next() async -> ContinuousClock.Instant {
        await withCheckedContinuation { continuation in
            let known: ContinuousClock.Instant? = state.withLock { state in
                guard state.starts.isEmpty else { return state.starts.removeFirst() }
                state.waiting = continuation
                return nil
            }
            if let known { continuation.resume(returning: known) }
        }
    }
}
