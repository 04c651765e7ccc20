import ScheduleConfiguration
import Testing

@testable import Forecast

struct LoadModelTests {
    private func load(_ schedules: String, for length: Int64 = hour) throws -> ScheduleLoad {
        LoadModel(file: try limited(schedules), facts: testFacts).load(from: midnight, for: length)
    }

    @Test func `ticks and jobs are counted for each entry and queue`() throws {
        let load = try load(
            """
            quotes: { job: cache-refresh, every: 30s, offset: 10s }
            bots: { job: evaluation, every: 1m, for_each: running_bots, spread: 20s }
            off: { job: rebalance, every: 1m, enabled: false }
            at-start: { job: rebalance, cron: "0 0 * * *" }
            """)
        #expect(
            load.entries == [
                EntryLoad(name: "at-start", ticks: 1, jobs: 1), EntryLoad(name: "bots", ticks: 60, jobs: 2_340),
                EntryLoad(name: "quotes", ticks: 120, jobs: 120),
            ])
        #expect(load.queues.map(\.name) == ["cache-refresh", "evaluation", "execution", "rebalance"])
        #expect(load.queues.map(\.jobs) == [120, 2_340, 0, 1])
        #expect(load.queues.map(\.slots) == [8, 16, 16, 16])
        #expect(abs(load.queues[2].followUps - 23.4) < 0.001)
        #expect(load.queues[2].mostFollowUps == 2_340)
    }

    @Test func `peaks are those of the worst window, and where it ends`() throws {
        // Four calls at 0, 100, 200 and 300 ms after each minute, of two entries at once.
        let load = try load(
            """
            a: { job: cache-refresh, every: 1m }
            b: { job: cache-refresh, every: 1m }
            c: { job: cache-refresh, every: 1m, offset: 30s }
            d: { job: execution, every: 1h, offset: 300ms }
            """)
        let limit = try #require(load.limits.first)
        #expect(limit.othersPeak == 8)
        #expect(limit.othersPeakAt == midnight + 300)
        // The order calls at 300, 500, 700 ms and so on; the window that ends at 900 ms holds four of its calls.
        #expect(limit.peak == 12)
        #expect(limit.peakAt == midnight + 900)
        #expect(limit.excesses == [.limit, .reserve])
        #expect(load.queues.first { $0.name == "cache-refresh" }?.peakRunning == 2)
    }

    @Test func `entries kept apart by their offsets stay within the limit`() throws {
        let together = (0..<3).map { "r\($0): { job: cache-refresh, every: 30s }" }.joined(separator: "\n")
        let apart = (0..<3).map { "r\($0): { job: cache-refresh, every: 30s, offset: \($0 * 10 + 1)s }" }
            .joined(separator: "\n")
        #expect(try load(together).limits[0].excesses == [.limit, .reserve])
        #expect(try load(apart).limits[0].excesses.isEmpty)
        #expect(try load(apart).limits[0].peak == 4)
    }

    @Test func `orders that may follow are held against what is kept for them`() throws {
        let everyMinute = try load("bots: { job: evaluation, every: 1m, for_each: running_bots, spread: 20s }")
        let owner = try #require(everyMinute.limits[0].owners.first)
        #expect(owner.name == "execution")
        #expect(abs(owner.mostAverage - 39 * 5 / 60.0) < 0.001)
        #expect(owner.reserve == 4)
        #expect(everyMinute.limits[0].excesses.isEmpty)
        let twice = try load("bots: { job: evaluation, every: 30s, for_each: running_bots, spread: 20s }")
        #expect(twice.limits[0].excesses == [.reserve])
        let often = try load("bots: { job: evaluation, every: 15s, for_each: running_bots, spread: 10s }")
        #expect(often.limits[0].excesses == [.limit, .reserve])
    }

    @Test func `spread, windows and lists decide when and how many jobs there are`() throws {
        let load = try load(
            """
            all-at-once: { job: rebalance, every: 10m, for_each: [a, b, c, d] }
            spread: { job: evaluation, every: 10m, for_each: products, spread: 5m }
            morning: { job: cache-refresh, every: 1m, window: "00:15-00:25" }
            """)
        #expect(load.entries.map(\.ticks) == [6, 10, 6])
        #expect(load.entries.map(\.jobs) == [24, 10, 12])
        // The four of the list and the morning's one meet at 00:20.
        #expect(load.limits[0].othersPeak == 8)
        #expect(load.queues.first { $0.name == "rebalance" }?.peakRunning == 4)
        #expect(load.queues.first { $0.name == "evaluation" }?.peakRunning == 1)
    }

    @Test func `too many jobs are measured over a shorter stretch, and it is told`() throws {
        let load = try load(
            "bots: { job: evaluation, every: 100ms, for_each: running_bots }", for: 24 * hour)
        #expect(load.entries[0].jobs == 864_000 * 39)
        #expect(load.measuredTo - load.from < hour)
        #expect(load.queues.first { $0.name == "evaluation" }?.peakRunning == 39)
    }

    @Test(arguments: [(0.5, 100), (0.95, 400), (0.05, 25), (1.0, 800), (0.0, 4)])
    func `run times follow from median and ninety-fifth percentile`(share: Double, milliseconds: Int64) {
        #expect(RunTime(median: 100, p95: 400).quantile(share) == milliseconds)
    }
}
