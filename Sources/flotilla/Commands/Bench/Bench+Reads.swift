import ArgumentParser
import Foundation
import JobQueue
import Redis

extension Bench {
    struct Reads: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Every command that only reads, with very many jobs waiting and dead: each as its own process.",
            discussion: "The goal is 100 ms for each, from the start of the process to its end.")

        @Option(help: "Jobs that wait.") var waiting = 1_000_000
        @Option(help: "Dead jobs.") var dead = 100_000
        @Option(help: "Runs of each command; one more before them does not count.") var runs = 5
        @Flag(help: "One JSON document on stdout.") var json = false

        private static let deadID = "dead-0"

        func validate() throws {
            try Bench.check("waiting", waiting, 1...10_000_000)
            try Bench.check("dead", dead, 1...1_000_000)
            try Bench.check("runs", runs, 1...1_000)
        }

        /// The words of each command.
        private static func commands(_ queue: String) -> [[String]] {
            [
                ["status"], ["status", "--memory"], ["queues", "list"], ["jobs", "list"],
                ["jobs", "list", "--state", "ready"], ["jobs", "show", deadID], ["jobs", "show", "nobody"],
                ["failed", "list"], ["failed", "groups"], ["failed", "show", deadID], ["why", queue], ["why", deadID],
                ["why", "nobody"], ["limits", "list"], ["circuits", "list"], ["schedule", "list"],
                ["operations", "log"], ["doctor"], ["config", "show"],
            ]
        }

        func run() async throws {
            try await BenchPlace.measure(asJSON: json) { place in
                try await place.fill(waiting)
                try await fillDead(place)
                var rows: [BenchRow] = []
                for words in Self.commands(place.queue.description) { rows.append(try await row(words, place)) }
                return rows + [try await statusCost(place)]
            }
        }

        private func row(_ words: [String], _ place: BenchPlace) async throws -> BenchRow {
            _ = try await place.time(words)
            var (times, status): ([Double], Int32) = ([], 0)
            for _ in 0..<runs {
                let run = try await place.time(words)
                times.append(run.milliseconds)
                status = run.status
            }
            let worst = times.max() ?? 0
            let note = worst <= 100 ? "exit \(status)" : "exit \(status), OVER 100 ms: the longest took \(Int(worst))"
            return BenchRow(words.joined(separator: " "), Quantiles(times)[0.5], "ms", note: note)
        }

        /// What one `status` costs redis-server in its own time.
        private func statusCost(_ place: BenchPlace) async throws -> BenchRow {
            let before = try await place.commandMicroseconds()
            for _ in 0..<runs { _ = try await place.time(["status"]) }
            let each = Double(try await place.commandMicroseconds() - before) / Double(runs) / 1_000
            return BenchRow("redis-server's own time for a status", each, "ms")
        }

        /// Puts dead jobs of four failures into the queue, as scripts would leave them.
        private func fillDead(_ place: BenchPlace) async throws {
            let keys = place.broker.keyspace.of(place.queue)
            let now = try await place.broker.clock.now()
            let causes = ["the bank said no", "the network is down", "no such product", "the clock is wrong"]
            for start in stride(from: 0, to: dead, by: 1_000) {
                var records: [RedisWord] = ["HSET", .text(keys.jobs)]
                var places: [RedisWord] = ["ZADD", .text(keys.dead)]
                for number in start..<min(start + 1_000, dead) {
                    let died = now - Int64(dead - number)
                    let failure = JobFailure(type: "bench", message: causes[number % causes.count], at: died)
                    var job = JobEnvelope(
                        kind: try JobKind(BenchPlace.kind), payload: Array("{}".utf8),
                        enqueuedMilliseconds: died - 1_000)
                    job.stateCode = .dead
                    job.attempts = 3
                    job.finishedMilliseconds = died
                    job.outcome = "{\"error\":\(try CompactJSON.text(failure))}"
                    records += [.text("dead-\(number)"), .bytes(job.encoded())]
                    places += [.integer(Int(died)), .text("dead-\(number)")]
                }
                _ = try await place.redis.pipeline([RedisCommand(records), RedisCommand(places)])
            }
        }
    }
}
