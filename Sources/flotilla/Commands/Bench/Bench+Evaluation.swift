import ArgumentParser
import Exchange
import Fleet
import Foundation
import JobQueue
import Jobs
import Ledger
import Trading

extension Bench {
    struct Evaluation: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What a worker spends on evaluating the demo's bots: real cache, real ledger, no exchange.")

        @Option(help: "How often all bots are evaluated; once more before does not count.") var rounds = 20
        @Flag(help: "One JSON document on stdout.") var json = false

        func validate() throws { try Bench.check("rounds", rounds, 1...200) }

        func run() async throws { try await BenchPlace.measure(asJSON: json) { try await rows($0) } }

        private func rows(_ place: BenchPlace) async throws -> [BenchRow] {
            let composition = try place.composition()
            try await composition.prepareLedger()
            let ledger = try await composition.ledger()
            let bots = try await ledger.runningBots().compactMap(\.bot)
            try await ledger.close()
            let worker = try place.worker(.deciding)
            let fewest = try await fillCache(place, bots)
            try await evaluate(place, bots, times: 1)
            let before = (ProcessUsage(process: worker.processID).seconds, try await place.redisSeconds())
            let begin = ContinuousClock.now
            try await evaluate(place, bots, times: rounds, after: 1)
            let passed = begin.duration(to: .now).seconds
            let after = (ProcessUsage(process: worker.processID).seconds, try await place.redisSeconds())
            await place.end([worker])
            let own = (after.0 - before.0) / Double(rounds) * 1_000
            return [
                BenchRow("evaluation of \(bots.count) bots", own, "ms of a core"),
                BenchRow("one of them", own / Double(max(bots.count, 1)), "ms of a core"),
                BenchRow("redis-server meanwhile", (after.1 - before.1) / Double(rounds) * 1_000, "ms of a core"),
                BenchRow("from the tick to the last one done", passed / Double(rounds) * 1_000, "ms"),
                BenchRow("candles of a bot, at the least", Double(fewest), ""),
            ]
        }

        /// Lets the worker fill the cache, as the schedule would.
        /// - Returns: the fewest candles that any bot has.
        private func fillCache(_ place: BenchPlace, _ bots: [Bot]) async throws -> Int {
            let queue = KindDefinition.cacheRefresh.queue
            for what in ["products", "quotes", "candles"] {
                try await place.broker.enqueue(
                    NewJob(
                        kind: KindDefinition.cacheRefresh.kind, queue: queue,
                        payload: try JobPayload(json: "{\"what\":\"\(what)\"}")))
            }
            try await place.waitFor(3, in: queue)
            let cache = MarketDataCache(redis: place.redis, logger: BenchPlace.quiet)
            let snapshots = try await cache.snapshots(bots.map(\.product), granularity: .oneHour)
            guard snapshots.allSatisfy({ $0.quote != nil }) else {
                throw CommandFailure(.failed, "The cache has no quote of some bot. Look at ops/demo/bots.json.")
            }
            return snapshots.map { $0.candles?.candles.count ?? 0 }.min() ?? 0
        }

        /// One tick after the other, each when the one before is over: a job for each bot.
        private func evaluate(_ place: BenchPlace, _ bots: [Bot], times: Int, after done: Int = 0) async throws {
            let (queue, kind) = (KindDefinition.evaluation.queue, KindDefinition.evaluation.kind)
            let tick = try bots.map {
                NewJob(kind: kind, queue: queue, payload: try JobPayload(json: "{\"bot_id\":\($0.id)}"))
            }
            for round in (done + 1)...(done + times) {
                try await place.broker.enqueue(tick)
                try await place.waitFor(round * bots.count, in: queue, every: .milliseconds(2))
            }
        }
    }
}
