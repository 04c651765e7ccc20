package import ScheduleConfiguration
import Scheduler
import Time

/// What the schedule would have enqueued, beside what beat has sent.
package struct ShadowComparison: Sendable, Equatable {
    /// One entry beside the task that it stands for.
    package struct Story: Sendable, Equatable {
        /// The name of the entry.
        package var entry: String
        /// As messages name it.
        package var task: String
        /// Ticks for which a message came.
        package var matched = 0
        /// How much later than its tick each of these messages came, in milliseconds.
        package var offsets: [Int64] = []
        /// Nominal times for which beat has sent nothing; unix milliseconds.
        package var missing: [Int64] = []
        /// When beat has sent something for which there is no tick.
        package var extra: [Int64] = []

        /// The middle of the offsets.
        package var offset: Int64 { offsets.isEmpty ? 0 : offsets.sorted()[offsets.count / 2] }
        /// How far the others lie from the middle at the most.
        package var jitter: Int64 { offsets.map { abs($0 - offset) }.max() ?? 0 }
    }

    /// By the names of their entries.
    package var stories: [Story] = []
    /// Tasks that came and that no entry stands for, with how often.
    package var unknown: [String: Int] = [:]

    /// Whether nothing is missing, extra or unknown.
    package var agrees: Bool { stories.allSatisfy { $0.missing.isEmpty && $0.extra.isEmpty } && unknown.isEmpty }

    /// Whether anything was compared: a tick or a message, without which nothing agrees and nothing differs.
    package var hasEvidence: Bool {
        !unknown.isEmpty || stories.contains { $0.matched > 0 || !$0.missing.isEmpty || !$0.extra.isEmpty }
    }

    /// Pairs each tick with the nearest message that has no tick yet.
    ///
    /// At the ends of the stretch a tick whose message may lie outside of it is not called missing.
    /// - Parameters:
    ///   - map: the entry that stands for each task.
    ///   - window: when messages were listened for, unix milliseconds.
    ///   - tolerance: how far a message may lie from its tick, in milliseconds; nil for half of an interval, and for
    ///     ten seconds where the cadence is a cron expression.
    package init(
        entries: [ScheduleEntry], map: [String: String], messages: [BeatMessage], in window: Range<Int64>,
        tolerance: Int64? = nil
    ) {
        let byTask = Dictionary(grouping: messages) { $0.task }
        for (task, name) in map.sorted(by: { ($0.value, $0.key) < ($1.value, $1.key) }) {
            guard let entry = entries.first(where: { $0.name == name }) else { continue }
            let slack = tolerance ?? Self.tolerance(of: entry)
            stories.append(Self.pair(entry, task, byTask[task] ?? [], window, slack))
        }
        for (task, sent) in byTask where map[task] == nil {
            // What others than beat have sent is no matter of the schedule.
            let own = sent.count { $0.isFromBeat == true }
            if own > 0 { unknown[task] = own }
        }
    }

    static func tolerance(of entry: ScheduleEntry) -> Int64 {
        if case .every(let interval, _) = entry.cadence { return max(1, interval / 2) }
        return 10_000
    }

    private static func pair(
        _ entry: ScheduleEntry, _ task: String, _ messages: [BeatMessage], _ window: Range<Int64>, _ slack: Int64
    ) -> Story {
        var story = Story(entry: entry.name, task: task)
        let ticks = entry.ticks(
            after: window.lowerBound - slack - 1, through: window.upperBound + slack, limit: 1_000_000
        ).filter { entry.closedBecause(at: $0) == nil }
        var pairs: [(distance: Int64, tick: Int, message: Int)] = []
        let sent = messages.map(\.at).sorted()
        var first = 0
        for (index, tick) in ticks.enumerated() {
            while first < sent.count, sent[first] < tick - slack { first += 1 }
            var place = first
            while place < sent.count, sent[place] <= tick + slack {
                pairs.append((abs(sent[place] - tick), index, place))
                place += 1
            }
        }
        // Message by tick.
        var paired: [Int: Int] = [:]
        var used = Set<Int>()
        for pair in pairs.sorted(by: { ($0.distance, $0.tick, $0.message) < ($1.distance, $1.tick, $1.message) })
        where paired[pair.tick] == nil && !used.contains(pair.message) {
            paired[pair.tick] = pair.message
            used.insert(pair.message)
        }
        story.offsets = paired.sorted { $0.key < $1.key }.map { sent[$0.value] - ticks[$0.key] }
        story.matched = paired.count
        story.missing = ticks.indices.filter { index in
            paired[index] == nil && ticks[index] - slack >= window.lowerBound
                && ticks[index] + slack < window.upperBound
        }.map { ticks[$0] }
        story.extra = sent.indices.filter { !used.contains($0) }.map { sent[$0] }
        return story
    }
}
