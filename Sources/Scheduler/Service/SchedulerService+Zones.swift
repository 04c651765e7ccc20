import JobQueue
import Logging
import ScheduleConfiguration
import Time

/// Applies changes of time zone data while the scheduler runs.
extension SchedulerService {
    /// The active schedule, read again with the present rules of its zones; nil when the rules have not changed.
    func withNewZones(_ schedule: ActiveSchedule) -> LoadedSchedule? {
        guard let watch = parts.zones, let current = schedule.current else { return nil }
        let names = watch.outdated(current.file.zonesInUse)
        guard !names.isEmpty else { return nil }
        do throws(ConfigurationError) {
            let file = try parts.parse(current.text)
            parts.logger.warning("the time zone data changed: \(names.joined(separator: ", "))")
            return LoadedSchedule(file: file, text: current.text, modifiedMilliseconds: current.modifiedMilliseconds)
        } catch {
            parts.logger.error("the time zone data changed and cannot be used; the rules before it stay: \(error)")
            return nil
        }
    }

    /// Applies the new rules from now on; ticks that were due by the old ones are carried out first. The version does
    /// not change.
    /// - Throws: `staleEpoch` when this scheduler no longer leads.
    func takeNewZones(
        _ leadership: inout LeaderState, _ schedule: inout ActiveSchedule
    ) async throws(JobQueueError) {
        guard let new = withNewZones(schedule), let old = schedule.current?.file else { return }
        try await swap(old, for: new.file, version: schedule.version, &leadership)
        schedule.took(new, version: schedule.version)
        say(movedFrom: old, to: new.file, after: try await parts.broker.clock.now())
    }

    /// The most entries that the log names; the others are counted.
    private static let saidEntries = 50

    private func say(movedFrom old: ScheduleFile, to new: ScheduleFile, after now: Int64) {
        let before = Dictionary(old.schedules.map { ($0.name, $0) }) { first, _ in first }
        let moves = new.schedules.filter(\.enabled).compactMap { entry in
            before[entry.name].flatMap { MovedRuns(from: $0, to: entry, after: now) }.map { (entry.name, $0) }
        }
        guard !moves.isEmpty else {
            return parts.logger.notice("by the new time zone data no run of the next two years moves")
        }
        for (name, moved) in moves.prefix(Self.saidEntries) {
            parts.logger.warning("\(name) moves by the new time zone data: \(moved)")
        }
        if moves.count > Self.saidEntries {
            parts.logger.warning("\(moves.count - Self.saidEntries) more entries move")
        }
    }
}

/// How the runs of one entry move when the rules of its zone change.
struct MovedRuns: CustomStringConvertible, Equatable {
    /// The first run that moves, and its new time; unix ms. Nil where one of the two does not exist.
    let from, to: Int64?
    /// How many move within a year of the first.
    let count: Int
    private let isAtLeast: Bool

    private static let limit = 1_000
    private static let lookAhead: Int64 = 2 * 366 * 86_400
    private static let year: Int64 = 366 * 86_400_000

    /// - Parameter now: unix ms.
    /// - Returns: nil when no run of the next two years moves.
    init?(from old: ScheduleEntry, to new: ScheduleEntry, after now: Int64) {
        guard case .cron(_, let before) = old.cadence, case .cron(_, let after) = new.cadence else { return nil }
        let start = floorDivide(now, 1000)
        guard let change = before.firstDifference(from: after, after: start, through: start + Self.lookAhead) else {
            return nil
        }
        // A run at the edge of the compared stretch may move out of it.
        let first = max(start * 1000, (change - TimeZoneRules.widestOffset) * 1000)
        let was = old.ticks(after: first, through: first + Self.year, limit: Self.limit)
        let comes = new.ticks(after: first, through: first + Self.year, limit: Self.limit)
        let end = min(
            was.count == Self.limit ? was[Self.limit - 1] : .max,
            comes.count == Self.limit ? comes[Self.limit - 1] : .max)
        let (oldTimes, newTimes) = (Set(was), Set(comes))
        let gone = was.filter { $0 <= end && !newTimes.contains($0) }
        let fresh = comes.filter { $0 <= end && !oldTimes.contains($0) }
        guard !gone.isEmpty || !fresh.isEmpty else { return nil }
        (from, to) = (gone.first, fresh.first)
        count = max(gone.count, fresh.count)
        isAtLeast = end < .max
    }

    var description: String {
        let many = "\(isAtLeast ? "at least " : "")\(count) run\(count == 1 ? "" : "s") of the year after move"
        return switch (from, to) {
        case (let from?, let to?): "the first run at \(Self.shown(from)) comes at \(Self.shown(to)), \(many)"
        case (let from?, nil): "the run at \(Self.shown(from)) comes no more, \(many)"
        case (nil, let to?): "a run at \(Self.shown(to)) comes anew, \(many)"
        case (nil, nil): many
        }
    }

    private static func shown(_ time: Int64) -> String {
        let time = CivilTime(secondsSinceEpoch: floorDivide(time, 1000))
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(time.year)-\(two(time.month))-\(two(time.day))T\(two(time.hour)):\(two(time.minute)):"
            + two(time.second) + "Z"
    }
}

extension TimeZoneRules {
    /// The first time at which two rules have different offsets; all in unix seconds.
    func firstDifference(from other: TimeZoneRules, after start: Int64, through end: Int64) -> Int64? {
        var cursor = start
        while cursor <= end {
            let (mine, its) = (segment(at: cursor), other.segment(at: cursor))
            if mine.offset != its.offset { return cursor }
            cursor = min(mine.end, its.end)
        }
        return nil
    }
}
