import Foundation

/// What became of each second of the schedule's entries: a job that ran, a record that it was left out, or nothing.
struct TickReckoning {
    /// Seconds between the first and the last tick of each entry, in all.
    private(set) var seconds = 0
    /// Ticks that Redis remembers, and those of them that made a job.
    private(set) var ticks = 0
    private(set) var jobs = 0
    /// Seconds without a tick, and how many of them a scheduler's log or a counter tells of.
    private(set) var missed = 0
    private(set) var missedOnRecord = 0
    /// Runs beyond the first of a tick's job, and how many its history explains.
    private(set) var again = 0
    private(set) var againExplained = 0
    /// Jobs of ticks that left no value.
    private(set) var lost = 0

    /// - Parameters:
    ///   - times: by entry, its ticks in unix milliseconds, in order.
    ///   - values: by entry, how many values its jobs have left.
    ///   - log: of all schedulers.
    init(times: [String: [Int64]], values: [String: Int], reckoning: Reckoning, log: String) {
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
            againExplained += min(max(0, extra), reckoning.reasons(["crashed", "failed", "postponed"], ids))
        }
        missedOnRecord = Self.missed(in: log)
    }

    /// Ticks that were left out on purpose: remembered, without a job.
    var skipped: Int { ticks - jobs }

    private static func missed(in log: String) -> Int {
        var count = 0
        for line in log.split(separator: "\n") {
            if let found = line.firstMatch(of: #/caught up, (\d+) before it were missed/#) {
                count += Int(found.1) ?? 0
            } else if let found = line.firstMatch(of: #/(\d+) ticks of \S+ were missed and skipped/#) {
                // The newest of them is remembered as a tick without a job.
                count += (Int(found.1) ?? 1) - 1
            }
        }
        return count
    }
}
