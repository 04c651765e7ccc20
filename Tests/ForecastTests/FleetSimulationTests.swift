import JobQueue
import ScheduleConfiguration
import Testing

@testable import Forecast

struct FleetSimulationTests {
    private func report(
        _ schedules: String, for length: Int64 = hour, facts: LoadFacts = testFacts, outages: [Range<Int64>] = []
    ) throws -> SimulationReport {
        var simulation = LoadForecast(
            file: try limited(schedules), facts: facts, from: midnight, for: length, outages: outages)
        return simulation.run()
    }

    /// Jobs of every kind take exactly so long and call nobody.
    private func lasting(_ milliseconds: Int64) -> LoadFacts {
        LoadFacts(entities: ["running_bots": ["1", "2"]]) { _, _ in
            JobDemand(runTime: RunTime(median: milliseconds, p95: milliseconds))
        }
    }

    @Test func `a calm schedule is run to the letter, and the same each time`() throws {
        let schedules = """
            quotes: { job: cache-refresh, every: 30s, offset: 10s }
            bots: { job: evaluation, every: 1m, for_each: running_bots, spread: 20s }
            balance: { job: rebalance, cron: "*/10 * * * *" }
            """
        let report = try report(schedules)
        #expect(report.isWell)
        #expect(report.entries.map(\.name) == ["balance", "bots", "quotes"])
        #expect(report.entries.map(\.enqueued) == [6, 60, 120])
        #expect(report.entries.map(\.jobs) == [6, 2_340, 120])
        let orders = try #require(report.queues.first { $0.name == "execution" }).started
        #expect((5...60).contains(orders))
        #expect(report.queues.first { $0.name == "evaluation" }?.latenessMax == 0)
        #expect(report.hours.map(\.started) == [2_466 + orders])
        let limit = report.limits[0]
        #expect(limit.tokens == 6 + 120 * 4 + orders * 5)
        #expect(limit.peak <= 10 && limit.othersPeak <= 6 && limit.leastLeft ?? 0 >= 4)
        #expect(try self.report(schedules) == report)
    }

    @Test func `a storm of refreshes never takes what is kept, and orders do not wait long`() throws {
        let storm = (0..<20).map { "r\($0): { job: cache-refresh, every: 10s }" }.joined(separator: "\n")
        let report = try report(storm + "\norders: { job: execution, every: 15s, offset: 1s }")
        let limit = report.limits[0]
        #expect(limit.peak == 10)
        #expect(limit.othersPeak == 6)
        #expect(limit.leastLeft == 4)
        #expect(!limit.isBroken)
        #expect(limit.waits > 1_000)
        let orders = try #require(report.queues.first { $0.name == "execution" })
        #expect(orders.started == 240)
        #expect(orders.latenessMax <= 1_050)
    }

    @Test func `what a limit cannot serve piles up and is said to be unwell`() throws {
        let report = try report(
            "bots: { job: cache-refresh, every: 5s, for_each: running_bots, overlap: allow }", for: hour / 6)
        #expect(!report.isWell)
        #expect(report.limits.allSatisfy { !$0.isBroken })
        let queue = try #require(report.queues.first { $0.name == "cache-refresh" })
        #expect(queue.waitingAtEnd > 3_000)
        #expect(queue.latenessMax > 300_000)
        #expect(queue.mostRunning == 8)
    }

    @Test(arguments: [
        ("skip", 20, 40, 0), ("allow", 60, 0, 0), ("queue-one", 25, 35, 0), ("queue-all, overlap_max: 3", 27, 33, 0),
        ("replace-waiting", 60, 0, 35), ("cancel-running", 60, 0, 59),
    ])
    func `overlaps follow the rule of the entry`(rule: String, jobs: Int, overlaps: Int, replaced: Int) throws {
        // Each job lasts two and a half ticks, in the only place: 24 run in the hour if enough are enqueued.
        var file = try limited("a: { job: evaluation, every: 1m, overlap: \(rule) }")
        file.pools[1].processes = 1
        file.pools[1].concurrency = 1
        var simulation = LoadForecast(file: file, facts: lasting(150_000), from: midnight, for: hour)
        let report = simulation.run()
        let entry = report.entries[0]
        #expect(entry.enqueued == 60)
        #expect((entry.jobs, entry.overlaps, entry.replaced) == (jobs, overlaps, replaced))
    }

    @Test(arguments: [("skip", 39, 0, 21), ("once", 40, 1, 20), ("all, misfire_max: 5", 44, 5, 16)])
    func `after an outage missed ticks follow the rule of the entry`(
        rule: String, enqueued: Int, caughtUp: Int, missed: Int
    ) throws {
        let from = midnight + hour / 3
        let report = try report(
            "a: { job: evaluation, every: 1m, overlap: allow, misfire: \(rule) }", facts: lasting(10),
            outages: [from..<from + hour / 3 + 30_000])
        let entry = report.entries[0]
        #expect(entry.enqueued + entry.missed == 60)
        #expect((entry.enqueued, entry.caughtUp, entry.missed) == (enqueued, caughtUp, missed))
        #expect(report.queues.first { $0.name == "evaluation" }?.started == enqueued)
    }

    @Test func `jobs that come too late expire, and none is counted twice`() throws {
        var file = try limited("a: { job: execution, every: 1m, overlap: allow }")
        file.pools[1].processes = 1
        file.pools[1].concurrency = 1
        var simulation = LoadForecast(file: file, facts: lasting(150_000), from: midnight, for: hour)
        let report = simulation.run()
        let queue = try #require(report.queues.first { $0.name == "execution" })
        #expect(queue.expired > 20)
        #expect(queue.latenessMax <= 300_000)
        #expect(queue.started + queue.expired + queue.waitingAtEnd == 60)
        #expect(!report.isWell)
    }

    @Test func `orders come first where the pool says so, and reserved places are theirs`() throws {
        var file = try limited(
            """
            bots: { job: evaluation, every: 1m, for_each: running_bots, overlap: allow }
            orders: { job: execution, every: 1m, offset: 10s }
            """)
        file.pools[1].processes = 1
        file.pools[1].concurrency = 2
        var facts = lasting(5_000)
        facts.entities["running_bots"] = (1...39).map { "\($0)" }
        var simulation = LoadForecast(file: file, facts: facts, from: midnight, for: hour / 6)
        #expect(simulation.run().queues.first { $0.name == "execution" }?.latenessMax ?? 0 <= 5_000)
        file.pools[1].reserved = [try QueueName("execution"): 1]
        simulation = LoadForecast(file: file, facts: facts, from: midnight, for: hour / 6)
        let kept = simulation.run()
        #expect(kept.queues.first { $0.name == "execution" }?.latenessMax == 0)
        #expect(kept.queues.first { $0.name == "evaluation" }?.mostRunning == 1)
    }

    @Test func `ticks outside of their window make no jobs and are told`() throws {
        let report = try report("a: { job: evaluation, every: 1m, window: \"00:15-00:25\" }")
        #expect(report.entries[0].enqueued == 10)
        #expect(report.entries[0].closed == 50)
        #expect(report.entries[0].jobs == 10)
    }

    @Test func `an attempt that waits too long for tokens times out, and nothing follows it`() throws {
        var file = try limited("a: { job: cache-refresh, every: 10m }")
        file.limits[0].ratePerSecond = 1.0 / 60
        file.limits[0].windowMilliseconds = 60_000
        file.limits[0].burst = 1
        file.limits[0].reserve = [:]
        var simulation = LoadForecast(file: file, facts: testFacts, from: midnight, for: hour)
        let queue = simulation.run().queues.first { $0.name == "cache-refresh" }
        #expect(queue?.started == 6)
        #expect(queue?.timedOut == 6)
    }
}
