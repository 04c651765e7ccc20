public import JobQueue
public import ScheduleConfiguration
import Scheduler

/// An entry of the active schedule: `schedule list`.
public struct ScheduleEntryDocument: Encodable, Sendable {
    let name, job, queue: String
    let enabled: Bool
    /// By how far its last handled time is ahead of the clock of Redis; 0 where that is no fault.
    let aheadOfClockMs: Int64
    let args: RawJSON
    let lastAt, baselineAt, nextAt: DocumentTime
    let pauses: [EntryPauseDocument]

    /// - Parameters:
    ///   - lastRun: the nominal time of the last tick that enqueued jobs; nil when there was none.
    ///   - baseline: the time from which on ticks count; nil when none was handled.
    ///   - pauses: those of the entry and of its entities.
    ///   - now: unix milliseconds by the clock of Redis, as all times.
    public init(_ entry: ScheduleEntry, lastRun: Int64?, baseline: Int64?, pauses: [EntryPause], now: Int64) {
        name = entry.name
        job = entry.job
        queue = entry.queue
        enabled = entry.enabled
        aheadOfClockMs = baseline.map { entry.isAhead($0, now: now) ? $0 - now : 0 } ?? 0
        args = RawJSON(entry.argsJSON)
        lastAt = DocumentTime(lastRun)
        baselineAt = DocumentTime(baseline)
        nextAt = DocumentTime(entry.enabled ? entry.next(after: now) : nil)
        self.pauses = pauses.map { EntryPauseDocument($0, now: now) }
    }

    enum CodingKeys: String, CodingKey {
        case name, job, queue, enabled
        case aheadOfClockMs = "ahead_of_clock_ms"
        case args
        case lastAt = "last_at"
        case baselineAt = "baseline_at"
        case nextAt = "next_at"
        case pauses
    }
}

/// A pause of an entry, or of one entity of it.
public struct EntryPauseDocument: Encodable, Sendable {
    let name: String
    let since, until: DocumentTime
    let by, reason, catchUp: String

    /// - Parameter now: unix milliseconds; a pause that was set while the clock was ahead ends by its length.
    public init(_ pause: EntryPause, now: Int64) {
        name = pause.name
        since = DocumentTime(pause.since)
        until = DocumentTime(pause.end(at: now))
        by = pause.author
        reason = pause.reason
        catchUp = pause.catchUp.rawValue
    }

    enum CodingKeys: String, CodingKey {
        case name, since, until, by, reason
        case catchUp = "catch_up"
    }
}
