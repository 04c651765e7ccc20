import JobQueue
import ScheduleConfiguration

/// Finds the busiest moments among events that are told in steps.
struct PeakSearch {
    /// By queue, jobs that run at a time.
    var running: [String: Level] = [:]
    /// By limit, tokens in its window.
    var tokens: [String: TokenWindows] = [:]

    init(file: ScheduleFile) {
        for limit in file.limits {
            tokens[limit.name] = TokenWindows(
                length: Int64(limit.windowMilliseconds), owners: Set(limit.reserve.filter { $0.value > 0 }.keys))
        }
    }

    /// A job that starts at a time, its calls spread evenly over its run.
    mutating func add(_ stream: JobStream, at start: Int64) {
        let queue = stream.entry.queue
        running[queue, default: Level()].add(from: start, to: start + stream.demand.runTime.p95)
        for use in stream.calls.admission { tokens[use.name]?.add(use.cost, at: start, callers: queue) }
        guard let limit = stream.calls.limit else { return }
        for index in 0..<stream.calls.paidLater {
            let offset = stream.calls.offset(ofLater: index, runTime: stream.demand.runTime.median)
            tokens[limit]?.add(1, at: start + offset, callers: queue)
        }
    }

    /// Nothing before that time will be told any more.
    mutating func settle(until end: Int64) {
        for name in running.keys { running[name]?.settle(until: end) }
        for name in tokens.keys { tokens[name]?.settle(until: end) }
    }

    /// How many of some stretches of time lie over one another.
    struct Level {
        private(set) var peak = 0
        private var current = 0
        private var changes: [(at: Int64, by: Int)] = []

        mutating func add(from start: Int64, to end: Int64) {
            changes.append((start, 1))
            changes.append((end, -1))
        }

        mutating func settle(until end: Int64) {
            // What ends at a moment makes room for what begins then.
            changes.sort { ($0.at, $0.by) < ($1.at, $1.by) }
            let done = changes.prefix { $0.at < end }
            for change in done {
                current += change.by
                peak = max(peak, current)
            }
            changes.removeFirst(done.count)
        }
    }

    /// Tokens of one limit in any window of its length.
    struct TokenWindows {
        let length: Int64
        let owners: Set<String>
        private(set) var all = Window()
        private(set) var others = Window()
        private var events: [(at: Int64, tokens: Int, isOther: Bool)] = []

        init(length: Int64, owners: Set<String>) {
            self.length = length
            self.owners = owners
        }

        mutating func add(_ tokens: Int, at time: Int64, callers: String) {
            events.append((time, tokens, !owners.contains(callers)))
        }

        mutating func settle(until end: Int64) {
            events.sort { $0.at < $1.at }
            let done = events.prefix { $0.at < end }
            for event in done {
                all.add(event.tokens, at: event.at, length: length)
                if event.isOther { others.add(event.tokens, at: event.at, length: length) }
            }
            events.removeFirst(done.count)
        }
    }

    /// A window that moves on with what is added.
    struct Window {
        private(set) var peak = 0
        /// The moment at which the first of the fullest windows ends.
        private(set) var at: Int64?
        private(set) var sum = 0
        private var inside: [(at: Int64, tokens: Int)] = []
        private var first = 0

        mutating func add(_ tokens: Int, at time: Int64, length: Int64) {
            inside.append((time, tokens))
            sum += tokens
            while inside[first].at <= time - length {
                sum -= inside[first].tokens
                first += 1
            }
            if first > 1_024, first * 2 > inside.count {
                inside.removeFirst(first)
                first = 0
            }
            if sum > peak { (peak, at) = (sum, time) }
        }
    }
}
