import ArgumentParser
import BenchProbe
import Foundation
import JobQueue
import Redis

extension Bench {
    struct Growth: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Whether speed lasts when a million jobs wait and thousands are leased, and the slowest script.",
            discussion: """
                A worker drains while a producer fills up what it has taken, so that as many jobs wait at the end as \
                at the beginning: first few, then many, then few again. Claims are made by the probe that measures \
                redis-server's ceiling, in turn with none leased and with many. The slowest script is told in \
                processor time of redis-server, each call at its best of several runs of the same calls. By the clock, \
                as its slow log has it, time counts too in which redis-server waited for a core.
                """)

        @Option(help: "Many waiting jobs; a thousand of it are few.") var waiting = 1_000_000
        @Option(help: "Jobs that other workers hold.") var leased = 5_000
        @Option(help: "How long each speed is measured, in seconds.") var seconds = 3
        @Option(help: "Measurements of each; the medians count.") var rounds = 3
        @Flag(help: "One JSON document on stdout.") var json = false

        func validate() throws {
            try Bench.check("waiting", waiting, 1_000...10_000_000)
            try Bench.check("leased", leased, 1...100_000)
            try Bench.check("seconds", seconds, 1...600)
            try Bench.check("rounds", rounds, 1...100)
        }

        func run() async throws { try await BenchPlace.measure(asJSON: json) { try await rows($0) } }

        private func rows(_ place: BenchPlace) async throws -> [BenchRow] {
            try await place.watchSlowCommands()
            let small = min(1_000, waiting)
            let standing = StandingQueue(place: place, seconds: seconds, rounds: rounds)
            var few = try await standing.speeds(depth: small)
            let many = try await standing.speeds(depth: waiting)
            few += try await standing.speeds(depth: small)
            let (alone, crowded) = try await claims(place)
            let worst = try await costs(place).worst
            let (slow, fast) = (Quantiles(many)[0.5], Quantiles(few)[0.5])
            return [
                BenchRow("drain with \(small) waiting", fast, "jobs/s"),
                BenchRow("drain with \(waiting) waiting", slow, "jobs/s"),
                BenchRow("many to few", slow / max(fast, 0.001), ""),
                BenchRow("claims with none leased", alone, "jobs/s"),
                BenchRow("claims with \(leased) leased", crowded, "jobs/s"),
                BenchRow("leased to none", crowded / max(alone, 0.001), ""),
                BenchRow("slowest script", worst?.milliseconds ?? 0, "ms", note: worst?.name),
            ] + slowest(try await place.slowCommands())
        }

        /// Fetch and acknowledge by the probe, while others hold jobs and while they do not.
        private func claims(_ place: BenchPlace) async throws -> (alone: Double, crowded: Double) {
            let probe = LifeCycleProbe(broker: place.broker, queue: place.queue, batch: 64)
            var rates: [[Double]] = [[], []]
            for _ in 0..<rounds {
                for (index, held) in [0, leased].enumerated() {
                    try await place.clear()
                    try await hold(held, place)
                    let count = max(1_000, waiting / 10)
                    try await place.fill(count)
                    rates[index].append(try await rate(of: count) { _ = try await probe.drain(lanes: 4) })
                }
            }
            return (Quantiles(rates[0])[0.5], Quantiles(rates[1])[0.5])
        }

        /// Lets workers that do nothing claim so many jobs, fifty each.
        @discardableResult
        private func hold(_ count: Int, _ place: BenchPlace) async throws -> [WorkerID] {
            var (random, workers) = (SystemRandomNumberGenerator(), [WorkerID]())
            try await place.fill(count)
            for start in stride(from: 0, to: count, by: 50) {
                let worker = WorkerID(host: "holder", pid: Int32(start / 50), using: &random)
                try await place.broker.claims.join(place.queue, as: worker, lease: .seconds(600))
                _ = try await place.broker.claims.fetch(from: place.queue, for: worker, limit: min(50, count - start))
                workers.append(worker)
            }
            return workers
        }

        /// Each move of many jobs, one call after the other: what it costs redis-server.
        private func costs(_ place: BenchPlace) async throws -> CallCosts {
            var costs = CallCosts(server: try await place.redisProcess())
            let probe = LifeCycleProbe(broker: place.broker, queue: place.queue, batch: 256)
            let job = NewJob(kind: try JobKind(BenchPlace.kind), queue: place.queue)
            for _ in 0..<rounds {
                try await place.clear()
                costs.beginRun()
                for _ in 0..<waiting / Broker.batchLimit {
                    let jobs = Array(repeating: job, count: Broker.batchLimit)
                    try await costs.measure("enqueue.lua") { try await place.broker.enqueue(jobs) }
                }
                for _ in 0..<max(1, waiting / 2_560) {
                    try await costs.measure("fetch.lua and acknowledge.lua") {
                        _ = try await probe.drain(lanes: 1, limit: 256)
                    }
                }
                for _ in 0..<max(1, leased / 50) {
                    for worker in try await hold(50, place) {
                        try await place.broker.claims.leave(place.queue, as: worker)
                    }
                    try await costs.measure("rescue_expired.lua") {
                        _ = try await place.broker.maintenance.rescueExpired(in: place.queue, maxCrashes: 3)
                    }
                }
                try await promote(10_000, place, &costs)
                _ = try await place.broker.purge(place.queue)
            }
            return costs
        }

        private func promote(_ count: Int, _ place: BenchPlace, _ costs: inout CallCosts) async throws {
            var later = NewJob(kind: try JobKind(BenchPlace.kind), queue: place.queue)
            later.start = .after(milliseconds: 1)
            for _ in 0..<count / 1_000 { try await place.broker.enqueue(Array(repeating: later, count: 1_000)) }
            try await ContinuousClock().sleep(for: .milliseconds(10))
            var promoted = 1
            while promoted > 0 {
                promoted = try await costs.measure("promote_due.lua") {
                    try await place.broker.maintenance.promoteDue(in: place.queue)
                }
            }
        }

        /// By redis-server's own slow log.
        private func slowest(_ commands: [SlowCommand]) -> [BenchRow] {
            let scripts = commands.filter { $0.script != nil }
            let others = commands.filter { $0.script == nil && !$0.isOfTheBench }
            let worst = scripts.max { $0.milliseconds < $1.milliseconds }
            let other = others.max { $0.milliseconds < $1.milliseconds }
            return [
                BenchRow("slowest script, by the clock", worst?.milliseconds ?? 0, "ms", note: worst?.script),
                BenchRow(
                    "slowest command within one, by the clock", other?.milliseconds ?? 0, "ms",
                    note: other?.words.first),
            ]
        }
    }
}

/// A queue that a producer keeps at the same depth while a worker drains it.
private struct StandingQueue {
    let place: BenchPlace
    let seconds: Int
    let rounds: Int

    /// Jobs a second, measured so many times one after the other.
    func speeds(depth: Int) async throws -> [Double] {
        try await place.clear()
        try await place.fill(depth)
        let worker = try place.worker(slots: 64)
        try await place.waitFor(1)
        var (speeds, added) = ([Double](), 0)
        // The first one warms up.
        for round in 0...rounds {
            let (begin, before) = (ContinuousClock.now, try await place.succeeded())
            let end = begin + .milliseconds(round == 0 ? 500 : seconds * 1_000)
            var done = before
            while ContinuousClock.now < end {
                done = try await place.succeeded()
                let missing = min(done - added, 1_000)
                if missing > 0 { try await place.fill(missing) }
                added += max(missing, 0)
            }
            if round > 0 { speeds.append(Double(done - before) / begin.duration(to: .now).seconds) }
        }
        await place.end([worker])
        return speeds
    }
}
