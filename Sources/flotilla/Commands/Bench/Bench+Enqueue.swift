import ArgumentParser
import JobQueue
import Redis

extension Bench {
    struct Producer: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "enqueue", abstract: "How fast one producer enqueues, one job a call and a thousand a call.")

        @Option(help: "Jobs, one a call; fifty times as many a thousand a call.") var jobs = 20_000
        @Flag(help: "One JSON document on stdout.") var json = false

        func validate() throws { try Bench.check("jobs", jobs, 20...1_000_000) }

        func run() async throws {
            try await BenchPlace.measure(asJSON: json) { place in
                // As any producer does that has much to enqueue.
                try await withTaskExecutorPreference(place.broker.loop) { try await rows(place) }
            }
        }

        private func rows(_ place: BenchPlace) async throws -> [BenchRow] {
            let job = NewJob(kind: try JobKind(BenchPlace.kind), queue: place.queue)
            try await place.broker.enqueue(job)
            let first = try await place.redisSeconds()
            var (bare, single): ([Double], [Double]) = ([], [])
            // In turn, so that a busy moment of the machine meets both; the medians count.
            for _ in 0..<10 {
                let part = jobs / 10
                bare.append(try await rate(of: part) { try await repeated(part) { try await ping(place) } })
                single.append(
                    try await rate(of: part) { try await repeated(part) { _ = try await place.broker.enqueue(job) } })
            }
            let second = try await place.redisSeconds()
            let many = 50 * jobs
            let bulk = try await rate(of: many) { try await place.fill(many) }
            let third = try await place.redisSeconds()
            return [
                BenchRow("one a call", Quantiles(single)[0.5], "jobs/s"), BenchRow("a thousand a call", bulk, "jobs/s"),
                BenchRow("bare round trips, one after the other", Quantiles(bare)[0.5], "calls/s"),
                BenchRow("redis-server, one a call and a PING", (second - first) * 1_000_000 / Double(jobs), "us/job"),
                BenchRow("redis-server, a thousand a call", (third - second) * 1_000_000 / Double(many), "us/job"),
            ]
        }

        private func ping(_ place: BenchPlace) async throws { _ = try await place.redis.send(["PING"]) }

        private func repeated(_ count: Int, _ body: () async throws -> Void) async rethrows {
            for _ in 0..<count { try await body() }
        }
    }
}
