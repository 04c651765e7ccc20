import Scheduler

/// What was seen of one entry's ticks.
struct TickSummary: Sendable {
    let entry: ScheduledEntry
    /// Nominal time of the newest tick that was handled, or the baseline; nil before the entry was seen.
    var last: Int64?
    /// The newest of all: a clock that was wrong and is corrected takes `last` back.
    private(set) var highest: Int64 = .min
    /// Whether it was no part of the active schedule since its last time was seen.
    var wasRemoved = false
    var handled = 0
    /// Ticks of runs beyond the last of each.
    var left = 0
    /// The job of the newest tick that was enqueued.
    var job: String?
    /// Enqueued lately: grows by one with each, shrinks with time as fast as the entry ticks.
    private var level = 0.0
    private var levelAt: (elapsed: Int64, wall: Int64) = (0, 0)

    /// One tick, or several that ended alike.
    struct Run {
        let first: Int64
        let nominal: Int64
        let count: Int
        /// Whether the misfire rule let it go.
        let isMissed: Bool
    }

    init(entry: ScheduledEntry) { self.entry = entry }

    /// The clock was corrected.
    mutating func goBack(to time: Int64) {
        highest = max(highest, last ?? .min)
        last = time
    }

    /// Ticks after the last one, up to a baseline, that were handled at no time.
    func left(through time: Int64) -> Int {
        guard let last, handled > 0, !wasRemoved else { return 0 }
        let known = highest <= time ? max(last, highest) : last
        return entry.rhythms.map { $0.count(after: known, through: time) }.min() ?? 0
    }

    /// Takes note of a tick, or a run of them, that Redis has just handled: it must follow on the one before without a
    /// hole.
    /// - Returns: what is wrong with it.
    mutating func handle(_ run: Run, _ moment: SimulationScheduler.Moment, grace: Int64) -> String? {
        let nominal = run.nominal
        handled += 1
        let rhythms = entry.rhythms
        guard rhythms.contains(where: { $0.isNominal(nominal) && $0.isNominal(run.first) }) else {
            return "is not a time of its entry"
        }
        guard nominal <= moment.highestWall else { return "came before its time" }
        guard let before = last else {
            last = nominal
            return entry.entry.atStart ? nil : "came before the entry's baseline"
        }
        guard run.first > before else { return "was handled again: \(before) was handled already" }
        last = nominal
        if wasRemoved { return nil }
        left += run.count - 1
        // Which of its rhythms was active is not known here.
        let fitting = rhythms.filter { $0.next(after: before) == run.first }
        guard !fitting.isEmpty else { return "begins with \(run.first), not with the next after \(before)" }
        let counts = fitting.map { $0.count(after: before, through: nominal) }
        guard counts.contains(run.count) else { return "stands for \(run.count) ticks instead of \(counts)" }
        guard run.isMissed else { return nil }
        return moment.highestWall - nominal > grace ? nil : "was called missed and was not late"
    }

    /// An outage must not be made up for by one job for each tick that was missed.
    mutating func flood(_ moment: SimulationScheduler.Moment, grace: Int64) -> String? {
        let interval = Double(entry.rhythms.map(\.interval).min() ?? 1)
        let passed = max(moment.elapsed - levelAt.elapsed, moment.highestWall - levelAt.wall)
        level = max(0, level - Double(passed) / interval) + 1
        levelAt = (moment.elapsed, moment.highestWall)
        let catchUp = entry.entry.misfire == .all ? entry.entry.misfireMax : 0
        let allowed = 2 * Double(grace) / interval + 4 + Double(2 * catchUp)
        return level > allowed ? "of \(entry.entry.name) came in a flood: \(level) at once, \(allowed) allowed" : nil
    }
}
