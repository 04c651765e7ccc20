import ArgumentParser
import Fleet
import Foundation
import JobQueue
import Logging
import Redis
import ServiceLifecycle
import Synchronization
import Worker

struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures this machine: on a redis-server of its own that saves nothing.",
        subcommands: [Drain.self, Producer.self, Latency.self, Memory.self])

    struct Drain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "How fast workers take and settle jobs that do nothing, and what redis-server could do at the most.")

        @Option(help: "Jobs.") var jobs = 200_000
        @Option(help: "Worker processes.") var processes = 1
        @Option(help: "Jobs at a time in each.") var concurrency = 64
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            let place = try await BenchPlace()
            do { try await BenchRow.show(rows(place), asJSON: json) } catch {
                await place.close()
                throw error
            }
            await place.close()
        }

        private func rows(_ place: BenchPlace) async throws -> [BenchRow] {
            try await place.fill(jobs)
            let before = try await place.redisSeconds()
            let ceiling = try await rate(of: jobs) {
                _ = try await LifeCycleProbe(broker: place.broker, queue: place.queue, batch: 64).drain(lanes: 4)
            }
            let redisAlone = try await place.redisSeconds() - before
            try await place.clear()
            try await place.fill(jobs)
            let start = try await place.redisSeconds()
            let workers = try (0..<processes).map { _ in try place.worker(slots: concurrency) }
            let drained = try await watch(place)
            let used = workers.reduce(0) { $0 + BenchPlace.usage(of: $1.processID).seconds }
            let redisUsed = try await place.redisSeconds() - start
            for worker in workers { worker.signal(SIGTERM) }
            for worker in workers { _ = await worker.exit() }
            let perJob = 1_000_000 / Double(jobs)
            return [
                BenchRow("ceiling of redis-server", ceiling, "jobs/s"), BenchRow("drain", drained, "jobs/s"),
                BenchRow("share of the ceiling", drained / ceiling, ""),
                BenchRow("redis-server, ceiling", redisAlone * perJob, "us/job"),
                BenchRow("redis-server, drain", redisUsed * perJob, "us/job"),
                BenchRow("workers", used * perJob, "us/job"),
            ]
        }

        /// Jobs a second from the first hundredth to the last.
        private func watch(_ place: BenchPlace) async throws -> Double {
            var begin: (at: ContinuousClock.Instant, count: Int)?
            while true {
                let count = try await place.succeeded()
                let now = ContinuousClock.now
                if begin == nil, count >= max(1, jobs / 100) { begin = (now, count) }
                if count >= jobs, let begin {
                    return Double(count - begin.count) / max(begin.at.duration(to: now).seconds, 0.001)
                }
                try await ContinuousClock().sleep(for: .milliseconds(5))
            }
        }
    }

    struct Producer: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "enqueue", abstract: "How fast one producer enqueues, one job a call and a thousand a call.")

        @Option(help: "Jobs, one a call.") var jobs = 20_000
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            let place = try await BenchPlace()
            let job = NewJob(kind: try JobKind(BenchPlace.kind), queue: place.queue)
            do {
                let single = try await rate(of: jobs) {
                    for _ in 0..<jobs { try await place.broker.enqueue(job) }
                }
                let many = 50 * jobs
                let bulk = try await rate(of: many) { try await place.fill(many) }
                BenchRow.show(
                    [BenchRow("one a call", single, "jobs/s"), BenchRow("a thousand a call", bulk, "jobs/s")],
                    asJSON: json)
            } catch {
                await place.close()
                throw error
            }
            await place.close()
        }
    }

    struct Memory: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What a waiting job takes in Redis, and an idle worker process.")

        @Option(help: "Jobs that wait.") var jobs = 100_000
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            let place = try await BenchPlace()
            do {
                let before = try await place.redisMemory()
                let payload = "{\"text\":\"\(String(repeating: "x", count: 89))\"}"
                try await place.fill(jobs, payload: payload)
                let each = Double(try await place.redisMemory() - before) / Double(jobs)
                try await place.clear()
                let worker = try place.worker(slots: 10)
                try await place.fill(1)
                while try await place.succeeded() < 1 { try await ContinuousClock().sleep(for: .milliseconds(5)) }
                try await ContinuousClock().sleep(for: .seconds(2))
                let (seconds, bytes) = BenchPlace.usage(of: worker.processID)
                try await ContinuousClock().sleep(for: .seconds(10))
                let later = BenchPlace.usage(of: worker.processID)
                worker.signal(SIGTERM)
                _ = await worker.exit()
                BenchRow.show(
                    [
                        BenchRow("waiting job with a payload of \(payload.utf8.count) bytes", each, "bytes"),
                        BenchRow("idle worker, 10 slots", Double(bytes) / 1_048_576, "MiB PSS"),
                        BenchRow("idle worker", (later.seconds - seconds) * 10, "% of a core"),
                    ], asJSON: json)
            } catch {
                await place.close()
                throw error
            }
            await place.close()
        }
    }
}

/// Runs a body once.
/// - Returns: `count` divided by the seconds it took.
func rate(of count: Int, _ body: () async throws -> Void) async rethrows -> Double {
    let start = ContinuousClock.now
    try await body()
    return Double(count) / max(start.duration(to: .now).seconds, 0.000_001)
}

extension Duration {
    /// With fractions.
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
