import ArgumentParser
import Fleet
import Foundation
import JobQueue
import Redis

extension Bench {
    struct Memory: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What a waiting job takes in Redis, what idle worker processes take, and what jobs leave behind.")

        @Option(help: "Jobs that wait.") var jobs = 100_000
        @Option(help: "Idle worker processes, each with 10 slots and all four kinds of job.") var workers = 100
        @Option(help: "How long the idle workers are watched, in seconds.") var seconds = 10
        @Flag(help: "One JSON document on stdout.") var json = false

        func validate() throws {
            try Bench.check("jobs", jobs, 100...10_000_000)
            try Bench.check("workers", workers, 1...250)
            try Bench.check("seconds", seconds, 1...3_600)
        }

        func run() async throws {
            try await BenchPlace.measure(asJSON: json, retention: "1s") { place in
                var rows = [try await waiting(place)]
                try await place.clear()
                rows += try await idle(place)
                try await place.clear()
                return rows + [try await leftOver(place)]
            }
        }

        private func waiting(_ place: BenchPlace) async throws -> BenchRow {
            let before = try await place.redisMemory()
            let payload = "{\"text\":\"\(String(repeating: "x", count: 89))\"}"
            try await place.fill(jobs, payload: payload)
            let each = Double(try await place.redisMemory() - before) / Double(jobs)
            return BenchRow("waiting job with a payload of \(payload.utf8.count) bytes", each, "bytes")
        }

        private func idle(_ place: BenchPlace) async throws -> [BenchRow] {
            let first = try place.worker(.all)
            try await place.fill(1)
            try await place.waitFor(1)
            // What it did at its start is over by then.
            try await ContinuousClock().sleep(for: .seconds(2))
            let alone = ProcessUsage(process: first.processID).bytesAlone
            let all = [first] + (try (1..<workers).map { _ in try place.worker(.all) })
            while try await WorkerRegistry(broker: place.broker).live().count < workers {
                try await ContinuousClock().sleep(for: .milliseconds(100))
            }
            try await ContinuousClock().sleep(for: .seconds(2))
            let begin = ContinuousClock.now
            let (before, threadsBefore) = ((Self.used(all), try await place.redisSeconds()), Self.threads(all))
            try await ContinuousClock().sleep(for: .seconds(seconds))
            let (after, threads) = ((Self.used(all), try await place.redisSeconds()), Self.threads(all))
            let passed = begin.duration(to: .now).seconds
            func share(_ name: String) -> Double {
                zip(threads, threadsBefore).reduce(0) { sum, pair in
                    sum + Self.seconds(of: name, pair.0) - Self.seconds(of: name, pair.1)
                } / passed * 100
            }
            let each = zip(threads, threadsBefore).map { $0.values.reduce(0, +) - $1.values.reduce(0, +) }
            let memory = all.reduce(0) { $0 + ProcessUsage(process: $1.processID).bytes } / workers
            await place.end(all)
            let (own, redis) = ((after.0 - before.0) / passed * 100, (after.1 - before.1) / passed * 100)
            return [
                BenchRow("idle worker, 10 slots, alone", Double(alone) / 1_048_576, "MiB PSS"),
                BenchRow("idle worker, one of \(workers)", Double(memory) / 1_048_576, "MiB PSS"),
                BenchRow("\(workers) idle workers", own, "% of a core"),
                BenchRow("redis-server beside them", redis, "% of a core"),
                BenchRow(
                    "\(workers) idle workers and redis-server", own + redis, "% of a core",
                    note: Self.parts([
                        ("heartbeats and looks at the queues", share("NIO-")),
                        ("of that, the worker on duty", (each.max() ?? 0) / passed * 100),
                        ("the timer of Dispatch", share("overcommit")), ("redis-server", redis),
                    ])),
            ]
        }

        private static func used(_ workers: [ChildProcess]) -> Double {
            workers.reduce(0) { $0 + ProcessUsage(process: $1.processID).seconds }
        }

        private static func parts(_ parts: [(name: String, share: Double)]) -> String {
            parts.map { "\($0.name) \(($0.share * 100).rounded() / 100)" }.joined(separator: ", ")
        }

        private static func threads(_ workers: [ChildProcess]) -> [[String: Double]] {
            workers.map { ProcessUsage(process: $0.processID).secondsByThread }
        }

        private static func seconds(of name: String, _ threads: [String: Double]) -> Double {
            threads.filter { $0.key.contains(name) }.values.reduce(0, +)
        }

        /// Runs jobs, lets their retention of a second pass, and ends the worker.
        private func leftOver(_ place: BenchPlace) async throws -> BenchRow {
            let worker = try place.worker(.all)
            try await place.fill(10_000)
            try await place.waitFor(10_000)
            // Sweeping is done every ten seconds; a worker that does not sweep must not be waited for without end.
            let records = place.broker.keyspace.of(place.queue).jobs
            let deadline = ContinuousClock.now + .seconds(30)
            while try await place.redis.send(["EXISTS", .text(records)]) != .integer(0), .now < deadline {
                try await ContinuousClock().sleep(for: .milliseconds(200))
            }
            await place.end([worker])
            let left = try await place.keysLeft()
            let names = left.lasting + left.passing.map { "\($0) (for a while)" }
            return BenchRow(
                "left after a drain and the retention", Double(left.lasting.count), "keys",
                note: names.isEmpty ? nil : names.joined(separator: " "))
        }
    }
}
