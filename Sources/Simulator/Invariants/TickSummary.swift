import ScheduleConfiguration

/// The observed ticks of one entry.
struct TickSummary: Sendable {
    let entry: ScheduledEntry
    /// Nominal time of the newest handled tick, or the time from which ticks count; nil before either is known.
    var last: Int64?
    /// The latest value of `last`: the correction of a wrong clock moves `last` back.
    private(set) var highest: Int64 = .min
    /// Whether the entry has been absent from the active schedule since `last`.
    var wasRemoved = false
    var handled = 0
    /// Ticks of runs before the last of each.
    var left = 0
    /// The job of the newest tick that was enqueued.
    var job: String?
    /// A leaky bucket of recent ticks: grows by one with each, shrinks at the rate of the entry.
    private var level = 0.0
    private var levelAt: Int64 = 0

    /// One tick, or several with the same outcome.
    struct Run {
        let first: Int64
        let nominal: Int64
        let count: Int
        /// Whether the misfire rule skipped it.
        let isMissed: Bool
    }

    init(entry: ScheduledEntry) { self.entry = entry }

    /// Called when the clock was corrected.
    mutating func goBack(to time: Int64) {
        highest = max(highest, last ?? .min)
        last = time
    }

    /// The number of ticks after the last one, up to a new start time, that were never handled.
    func left(through time: Int64) -> Int {
        guard let last, handled > 0, !wasRemoved else { return 0 }
        let known = highest <= time ? max(last, highest) : last
        return entry.rhythms.map { $0.count(after: known, through: time) }.min() ?? 0
    }

    /// Records a tick, or a run of them, that Redis has just handled: it must follow the previous one without a gap.
    /// - Returns: the violation; nil for none.
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
        // The active rhythm is not known here, so any may fit.
        let fitting = rhythms.filter { $0.next(after: before) == run.first }
        guard !fitting.isEmpty else { return "begins with \(run.first), not with the next after \(before)" }
        let counts = fitting.map { $0.count(after: before, through: nominal) }
        guard counts.contains(run.count) else { return "stands for \(run.count) ticks instead of \(counts)" }
        guard run.isMissed else { return nil }
        return moment.highestWall - nominal > grace ? nil : "was called missed and was not late"
    }

    /// After an outage the scheduler must not enqueue one job for each missed tick.
    mutating func flood(_ moment: SimulationScheduler.Moment, grace: Int64) -> String? {
        let interval = Double(entry.rhythms.map(\.interval).min() ?? 1)
        // Each time that the clock passes may have its tick, also while it shows less than it once did.
        level = max(0, level - Double(moment.passed - levelAt) / interval) + 1
        levelAt = moment.passed
        let catchUp = entry.entry.misfire == .all ? entry.entry.misfireMax : 0
        let allowed = 2 * Double(grace) / interval + 4 + Double(2 * catchUp)
        return level > allowed ? "of \(entry.entry.name) came in a flood: \(level) at once, \(allowed) allowed" : nil
    }
}
