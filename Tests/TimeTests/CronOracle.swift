import Glibc

@testable import Time

/// A wall-clock time taken apart by the C library.
struct Wall: Sendable {
    let seconds: Int64
    let second, minute, hour, day, month, weekday: Int

    init(_ seconds: Int64) {
        var time = time_t(seconds)
        var parts = tm()
        gmtime_r(&time, &parts)
        self.seconds = seconds
        (second, minute, hour) = (Int(parts.tm_sec), Int(parts.tm_min), Int(parts.tm_hour))
        (day, month, weekday) = (Int(parts.tm_mday), Int(parts.tm_mon) + 1, Int(parts.tm_wday))
    }

    func days(later count: Int) -> Wall { Wall(seconds + Int64(count) * 86_400) }

    /// Monday to Friday of this month, as days of the month.
    var workdays: [Int] {
        (1 - day...31 - day).map(days(later:)).filter { $0.month == month && (1...5).contains($0.weekday) }.map(\.day)
    }
}

/// What a zone's clock showed at every step of a stretch of UTC, and what the written rules make of it.
struct ClockWalk {
    private let step: Int64
    /// The instants at which the clock showed a time.
    private var instants: [Int64: [Int64]] = [:]
    /// Each forward change: the first instant after it, and the clock's times it jumped over.
    private var gaps: [(at: Int64, skipped: Range<Int64>)] = []
    private var walls: [Wall] = []

    init(_ zone: ZoneDump, from start: Int64, through end: Int64, step: Int64) {
        self.step = step
        // Every change lies on a minute, and so on the walk.
        let changes = Set(zone.stretches.map(\.start).filter { $0 > start && $0 <= end })
        var last: Int64?
        var offset: Int64 = 0
        for unix in stride(from: start, through: end, by: Int(step)) {
            if unix == start || changes.contains(unix) { offset = zone.offset(at: unix) }
            let wall = unix + offset
            instants[wall, default: []].append(unix)
            if let last, wall > last + step { gaps.append((at: unix, skipped: (last + step)..<wall)) }
            last = wall
        }
        for gap in gaps {
            for wall in stride(from: gap.skipped.lowerBound, to: gap.skipped.upperBound, by: Int(step)) {
                instants[wall] = instants[wall] ?? []
            }
        }
        walls = instants.keys.sorted().map { Wall($0) }
    }

    /// The runs after `start` up to and including `end`; both well within the walk.
    func runs(of spec: RandomCron, after start: Int64, through end: Int64) -> [Int64] {
        var runs: Set<Int64> = []
        for wall in walls where spec.matches(wall) {
            let shown = instants[wall.seconds] ?? []
            switch (shown.count, spec.gapRule, spec.overlapRule) {
            case (0, .skip, _): break
            case (0, .runAfter, _): gap(over: wall).map { _ = runs.insert($0.at) }
            case (0, .shift, _):
                // As if the clocks had not changed: as long after the last instant before as the clock says.
                gap(over: wall).map { _ = runs.insert($0.at + wall.seconds - $0.skipped.lowerBound) }
            case (1, _, _), (_, _, .both): runs.formUnion(shown)
            case (_, _, .first): runs.insert(shown[0])
            case (_, _, .last): runs.insert(shown[shown.count - 1])
            }
        }
        return runs.filter { $0 > start && $0 <= end }.sorted()
    }

    private func gap(over wall: Wall) -> (at: Int64, skipped: Range<Int64>)? {
        gaps.first { $0.skipped.contains(wall.seconds) }
    }
}
