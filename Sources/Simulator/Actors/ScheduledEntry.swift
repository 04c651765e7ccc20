import ScheduleConfiguration
import JobQueue
import Time

/// When an entry ticks, computed independently of the planner: every `interval` ms from `phase` on.
struct Rhythm: Sendable {
    let interval: Int64
    let phase: Int64

    func isNominal(_ time: Int64) -> Bool { (time - phase) % interval == 0 }

    func next(after time: Int64) -> Int64 { (floorDivided(time - phase) + 1) * interval + phase }

    func count(after start: Int64, through end: Int64) -> Int {
        Int(floorDivided(end - phase) - floorDivided(start - phase))
    }

    var cadence: Cadence { .every(milliseconds: interval, offset: phase) }

    private func floorDivided(_ time: Int64) -> Int64 {
        time >= 0 ? time / interval : -((-time + interval - 1) / interval)
    }
}

/// An entry of a generated schedule, with the rhythms that edits may give it; the first one applies at the start.
struct ScheduledEntry: Sendable {
    let entry: ScheduleEntry
    let rhythms: [Rhythm]

    /// A schedule of random entries of all kinds.
    /// - Parameter tempo: the factor by which all times are longer than usual.
    static func drawn(
        _ count: Int, queues: [String], tempo: Int64, using random: inout SeededGenerator
    ) throws(TimeError) -> [ScheduledEntry] {
        var entries: [ScheduledEntry] = []
        for number in 0..<count {
            let isCron = number % 4 == 3
            let minutes = [1, 2, 5, 10, 30].randomElement(using: &random) ?? 1
            let interval =
                isCron ? Int64(minutes) * 60_000 : Int64.random(in: 1...20, using: &random) * 1_000 * tempo
            let phase = isCron ? 0 : Int64.random(in: 0..<interval, using: &random)
            let cadence: Cadence =
                isCron
                ? .cron(try CronExpression("*/\(minutes) * * * *"), .utc)
                : .every(milliseconds: interval, offset: phase)
            var entry = ScheduleEntry(
                name: "e\(number)", job: "sim.tick", queue: queues[number % queues.count], cadence: cadence)
            entry.misfire = MisfirePolicy.allCases.randomElement(using: &random) ?? .once
            entry.overlap = [OverlapPolicy.skip, .allow, .queueOne, .queueAll].randomElement(using: &random) ?? .skip
            entry.misfireMax = Int.random(in: 1...10, using: &random)
            entry.overlapMax = Int.random(in: 1...4, using: &random)
            if random.happens(3_000) { entry.withinMilliseconds = interval * 3 }
            entry.atStart = random.happens(2_000)
            entries.append(ScheduledEntry(entry: entry, rhythms: [Rhythm(interval: interval, phase: phase)]))
        }
        return entries
    }

    /// Random entries that tick once a second at first, for as many ticks as possible.
    static func dense(
        _ count: Int, queues: [String], using random: inout SeededGenerator
    ) -> [ScheduledEntry] {
        (0..<count).map { number in
            let phase = Int64(number) * 1_000 / Int64(count)
            let rhythms = [
                Rhythm(interval: 1_000, phase: phase), Rhythm(interval: 1_000, phase: (phase + 300) % 1_000),
                Rhythm(interval: Int64.random(in: 2...4, using: &random) * 1_000, phase: phase),
            ]
            var entry = ScheduleEntry(
                name: "e\(number)", job: "sim.tick", queue: queues[number % queues.count],
                cadence: rhythms[0].cadence)
            entry.misfire = MisfirePolicy.allCases.randomElement(using: &random) ?? .once
            entry.misfireMax = Int.random(in: 1...10, using: &random)
            entry.atStart = random.happens(2_000)
            if random.happens(2_000) {
                let length = Int.random(in: 600...7_000, using: &random)
                entry.hours.windows = (0..<12).map {
                    .init(days: 0x7F, from: $0 * 7_200, until: $0 * 7_200 + length)
                }
            }
            entry.drawTreatment(using: &random)
            return ScheduledEntry(entry: entry, rhythms: rhythms)
        }
    }
}
