import JobQueue

/// What became of each second of the schedule's entries: a job that ran, a record that it was left out, or nothing.
struct TickReckoning {
    /// Seconds between the first and the last tick of each entry, in all.
    private(set) var seconds = 0
    /// Ticks that Redis remembers to have made a job, and those of them whose job was seen.
    private(set) var ticks = 0
    private(set) var jobs = 0
    /// Seconds whose tick made no job.
    private(set) var missed = 0
    /// Records of the histories that do not follow on the one before: seconds of which nothing is said.
    private(set) var holes = 0
    /// Runs beyond the first of a tick's job, and how many its history explains.
    private(set) var again = 0
    private(set) var againExplained = 0
    /// Jobs of ticks that left no value.
    private(set) var lost = 0

    /// - Parameters:
    ///   - times: by entry, its ticks in unix milliseconds, in order.
    ///   - values: by entry, how many values its jobs have left.
    ///   - history: by entry, what became of its ticks, newest first.
    init(
        times: [String: [Int64]], values: [String: Int], reckoning: Reckoning, history: [String: [TickRecord]]
    ) {
        for (entry, times) in times {
            guard let first = times.first, let last = times.last else { continue }
            let ids = reckoning.endings.keys.filter { $0.hasPrefix(entry + "@") }
            seconds += Int(last - first) / 1_000 + 1
            ticks += times.count
            jobs += ids.count
            missed += Int(last - first) / 1_000 + 1 - times.count
            let extra = (values[entry] ?? 0) - ids.count
            if extra < 0 { lost -= extra }
            again += max(0, extra)
            againExplained += min(
                max(0, extra), reckoning.reasons(Reckoning.lostWorker + ["failed", "postponed"], ids))
        }
        for records in history.values {
            holes += zip(records, records.dropFirst()).count { newer, older in newer.first != older.nominal + 1_000 }
        }
    }

    /// Ticks that are remembered to have made a job which nobody has seen.
    var unseen: Int { ticks - jobs }
}
