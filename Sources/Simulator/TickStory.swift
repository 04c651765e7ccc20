import Scheduler

/// What was seen of one entry's ticks.
struct TickStory: Sendable {
    let entry: ScheduledEntry
    /// Nominal time of the newest tick that was handled, or the baseline; nil before the entry was seen.
    var last: Int64?
    var handled = 0
    /// Missed ticks for which a later one stands.
    var left = 0
    /// The job of the newest tick that was enqueued.
    var job: String?
    /// Enqueued lately: grows by one with each, shrinks with time as fast as the entry ticks.
    private var level = 0.0
    private var levelAt: Int64 = 0

    init(entry: ScheduledEntry) { self.entry = entry }

    /// Takes note of a tick that Redis has just handled.
    /// - Returns: what is wrong with it.
    mutating func handle(_ nominal: Int64, _ moment: Stage.Moment, grace: Int64) -> String? {
        handled += 1
        guard entry.isNominal(nominal) else { return "is not a time of its entry" }
        guard nominal <= moment.highestWall else { return "came before its time" }
        guard let before = last else {
            last = nominal
            return entry.entry.atStart ? nil : "came before the entry's baseline"
        }
        guard nominal > before else { return "was handled again: \(before) was handled already" }
        last = nominal
        let newestLeft = nominal - entry.interval
        guard newestLeft > before else { return nil }
        left += entry.count(after: before, through: newestLeft)
        // Only what was missed may be left to a later tick.
        return moment.highestWall - newestLeft > grace ? nil : "left out \(newestLeft), which was not late"
    }

    /// An outage must not be made up for by one job for each tick that was missed.
    mutating func flood(_ moment: Stage.Moment, grace: Int64) -> String? {
        level = max(0, level - Double(moment.highestWall - levelAt) / Double(entry.interval)) + 1
        levelAt = moment.highestWall
        let allowed = 2 * Double(grace) / Double(entry.interval) + 4
        return level > allowed ? "of \(entry.entry.name) came in a flood: \(level) at once, \(allowed) allowed" : nil
    }
}
