import Glibc
import ScheduleSupport
import TestSupport
import Testing

@testable import Time

/// Compares `next` with a walk over every minute, or second, of the clock as the C library shows it, in all zones and
/// through their changes from 2000 to 2037.
///
/// Some changes of each zone are walked; with `FLOTILLA_PROPERTIES=full` all of them, which takes minutes.
struct CronPropertyTests {
    private static let isFull = getenv("FLOTILLA_PROPERTIES").map { String(cString: $0) } == "full"

    @Test(arguments: ZoneDump.areas.map(\.name))
    func `next agrees with a walk of the clock through its changes`(area: String) throws {
        let names = try #require(ZoneDump.areas.first { $0.name == area }).zones
        var random = SeededRandom(seed: 20_261_122)
        var tally = Tally()
        for zone in try ZoneDump.read(names) {
            let rules = try TimeZoneDatabase().rules(named: zone.name)
            let changes = zone.changes
            let chosen =
                Self.isFull
                ? changes : Set([changes.last, changes.randomElement(using: &random)].compactMap(\.self)).sorted()
            for change in chosen.isEmpty ? [1_772_150_400] : chosen {
                try compare(zone, rules, around: change, step: 60, count: Self.isFull ? 8 : 2, &tally, using: &random)
            }
            let second = Int.random(in: 0..<(Self.isFull ? 4 : 40), using: &random) == 0
            if second, let change = changes.randomElement(using: &random) {
                try compare(zone, rules, around: change, step: 1, count: 2, &tally, using: &random)
            }
        }
        let zones = "\(area): \(names.count) zones, \(tally.windows) changes"
        print("\(zones), \(tally.expressions) expressions, \(tally.runs) runs")
        #expect(tally.expressions > 0)
    }

    private struct Tally {
        var windows = 0
        var expressions = 0
        var runs = 0
    }

    private func compare(
        _ zone: ZoneDump, _ rules: TimeZoneRules, around change: Int64, step: Int64, count: Int, _ tally: inout Tally,
        using random: inout SeededRandom
    ) throws {
        // A gap of a whole day (Samoa, 2011) and its times shifted by a day still lie within.
        let reach: Int64 = step == 60 ? 27 * 3600 : 4 * 3600
        let walk = ClockWalk(zone, from: change - reach, through: change + reach, step: step)
        let isWholeDay = abs(zone.offset(at: change) - zone.offset(at: change - 1)) > 3 * 3600
        if isWholeDay && step == 1 { return }
        tally.windows += 1
        for _ in 0..<count {
            let near = Wall(change + zone.offset(at: change))
            let spec = RandomCron(near: near, withSeconds: step == 1, using: &random)
            let start = change + Int64.random(in: (-3 * 3600)...(2 * 3600), using: &random)
            let end = change + reach - (isWholeDay ? 0 : 3 * 3600)
            guard let cron = try expression(spec) else { continue }
            let expected = walk.runs(of: spec, after: start, through: end)
            let cadence = Cadence.cron(cron, rules)
            let found = cadence.ticks(after: start * 1000, through: end * 1000, limit: 1_000_000).map { $0 / 1000 }
            tally.expressions += 1
            tally.runs += found.count
            if found != expected {
                let other = Set(found).symmetricDifference(expected).min() ?? 0
                Issue.record(
                    """
                    \(spec.shown) in \(zone.name) after \(shown(start)): differs first at \(shown(other)), \
                    which \(found.contains(other) ? "must not run" : "must run")
                    """)
            }
            let (first, last) = (start * 1000, end * 1000)
            #expect(cadence.count(after: first, through: last, limit: .max) == expected.count, "\(spec.shown)")
            #expect(cadence.latest(after: first, through: last) == expected.last.map { $0 * 1000 }, "\(spec.shown)")
        }
    }

    /// - Returns: nil for an expression that never fires, once a walk over the days of 40 years has found none.
    private func expression(_ spec: RandomCron) throws -> CronExpression? {
        do {
            return try CronExpression(spec.text, dayRule: spec.days, gap: spec.gap, overlapHour: spec.overlapHour)
        } catch {
            guard "\(error)".contains("never fires") else { throw error }
            let day = (0..<14_610).first { spec.matchesDay(Wall(utc(2000, 1, 1) + Int64($0) * 86_400)) }
            #expect(day == nil, "\(spec.shown) is called one that never fires")
            return nil
        }
    }

    @Test func `the days of an expression agree with a walk over 38 years`() throws {
        var random = SeededRandom(seed: 38)
        let days = (0..<13_880).map { Wall(utc(2000, 1, 1) + Int64($0) * 86_400) }
        for _ in 0..<(Self.isFull ? 2000 : 40) {
            let near = try #require(days.randomElement(using: &random))
            let spec = RandomCron(near: near, withSeconds: false, using: &random)
            let parts = spec.text.split(separator: " ").dropFirst(2).joined(separator: " ")
            guard let cron = try? CronExpression("0 12 " + parts, dayRule: spec.days) else { continue }
            let expected = days.filter { spec.matchesDay($0) }.map { $0.seconds + 43_200 }
            let last = try #require(days.last).seconds + 86_399
            let found = Cadence.cron(cron, .utc).ticks(
                after: utc(2000, 1, 1) * 1000 - 1, through: last * 1000, limit: .max)
            #expect(found.map { $0 / 1000 } == expected, "\(spec.shown)")
        }
    }
}
