import ArgumentParser
import BenchProbe
import Fleet
import Foundation
import JobQueue

extension Bench {
    struct Drain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "How fast workers take and settle jobs that do nothing, and what redis-server could do at the most.")

        @Option(help: "Jobs.") var jobs = 200_000
        @Option(help: "Worker processes.") var processes = 1
        @Option(help: "Jobs at a time in each.") var concurrency = 1_000
        @Flag(help: "One JSON document on stdout.") var json = false

        func validate() throws {
            try Bench.check("jobs", jobs, 100...10_000_000)
            try Bench.check("processes", processes, 1...64)
            try Bench.check("concurrency", concurrency, 1...1_024)
        }

        func run() async throws { try await BenchPlace.measure(asJSON: json) { try await rows($0) } }

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
            let used = workers.reduce(0) { $0 + ProcessUsage(process: $1.processID).seconds }
            let redisUsed = try await place.redisSeconds() - start
            await place.end(workers)
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
            try await place.waitFor(max(1, jobs / 100))
            let (begin, count) = (ContinuousClock.now, try await place.succeeded())
            try await place.waitFor(jobs)
            return Double(jobs - count) / max(begin.duration(to: .now).seconds, 0.001)
        }
    }
}
