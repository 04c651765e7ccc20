import JobQueue
public import ScheduleConfiguration
import Scheduler
import Time

/// Works out what a schedule asks of the fleet: pure, exact for the schedule's own jobs, and the same at every run.
///
/// Times come from the entries' cadences and from `SpreadOffset`, as in the scheduler. Every job starts when it is due
/// and makes its calls evenly over its median run time. What follows other jobs has no time of its own: it is counted
/// as averages, expected and at the worst.
public struct LoadModel: Sendable {
    private let file: ScheduleFile
    private let facts: LoadFacts
    private let streams: [JobStream]
    /// Jobs that are looked at one by one in an hour; more are measured over a shorter stretch.
    static let jobLimit = 400_000
    private static let step: Int64 = 3_600_000

    /// Takes the enabled entries of a checked file; disabled ones ask for nothing.
    public init(file: ScheduleFile, facts: LoadFacts) {
        self.file = file
        self.facts = facts
        streams = file.schedules.filter(\.enabled).map { JobStream(entry: $0, file: file, facts: facts) }
    }

    /// - Parameters:
    ///   - start: unix milliseconds; a tick at this very moment counts.
    ///   - length: milliseconds, at least 1.
    public func load(from start: Int64, for length: Int64) -> ScheduleLoad {
        let end = start + max(1, length)
        var load = ScheduleLoad(from: start, to: end, measuredTo: end)
        var tickCounts: [Int] = []
        for stream in streams {
            let ticks = stream.ticks(from: start, to: end)
            tickCounts.append(ticks)
            load.entries.append(EntryLoad(name: stream.entry.name, ticks: ticks, jobs: ticks * stream.entities.count))
        }
        load.measuredTo = min(end, start + stretch(of: load.entries, length: end - start))
        var peaks = PeakSearch(file: file)
        var position = start
        while position < load.measuredTo {
            let next = min(position + Self.step, load.measuredTo)
            for stream in streams {
                for due in stream.dues(from: position, to: next) { peaks.add(stream, at: due) }
            }
            peaks.settle(until: next)
            position = next
        }
        peaks.settle(until: .max)
        let tally = AverageTally(streams: streams, ticks: tickCounts, file: file, facts: facts)
        load.queues = queues(tally, peaks)
        load.limits = file.limits.map { limit($0, tally, peaks, seconds: Double(end - start) / 1_000) }
        return load
    }

    /// How much of the stretch has few enough jobs to look at each of them in steps of an hour.
    private func stretch(of entries: [EntryLoad], length: Int64) -> Int64 {
        let jobs = entries.reduce(0) { $0 + $1.jobs }
        let perStep = Double(jobs) * Double(min(Self.step, length)) / Double(length)
        guard perStep > Double(Self.jobLimit) else { return length }
        return max(1_000, Int64(Double(min(Self.step, length)) * Double(Self.jobLimit) / perStep))
    }

    private func queues(_ tally: AverageTally, _ peaks: PeakSearch) -> [QueueLoad] {
        let names = Set(file.queues.map(\.name.description)).union(tally.jobs.keys).union(tally.followUps.keys)
        return names.sorted().map { name in
            let slots = file.pools.filter { $0.serves(name) }.reduce(0) { $0 + $1.processes * $1.concurrency }
            return QueueLoad(
                name: name, jobs: tally.jobs[name] ?? 0, followUps: tally.followUps[name] ?? 0,
                mostFollowUps: tally.mostFollowUps[name] ?? 0, peakRunning: peaks.running[name]?.peak ?? 0,
                slots: slots)
        }
    }

    private func limit(
        _ bucket: TokenBucket, _ tally: AverageTally, _ peaks: PeakSearch, seconds: Double
    ) -> LimitLoad {
        let state = BucketState(bucket)
        let capacity = state.windowLimit ?? bucket.burst
        let window = Int64(bucket.windowMilliseconds)
        var load = LimitLoad(
            name: bucket.name, windowMilliseconds: window, capacity: capacity, reserved: state.windowReserve)
        if let peak = peaks.tokens[bucket.name] {
            (load.peak, load.peakAt) = (peak.all.peak, peak.all.at)
            (load.othersPeak, load.othersPeakAt) = (peak.others.peak, peak.others.at)
        }
        let spent = tally.tokens[bucket.name] ?? [:]
        load.average = spent.values.reduce(0) { $0 + $1.expected } / seconds
        load.mostAverage = spent.values.reduce(0) { $0 + $1.most } / seconds
        load.owners = bucket.reserve.keys.sorted().map { owner in
            let share = Double(bucket.reserve[owner] ?? 0) * min(1, Double(capacity) / Double(bucket.burst))
            return LimitLoad.Owner(
                name: owner, mostAverage: (spent[owner]?.most ?? 0) / seconds,
                reserve: share * 1_000 / Double(window))
        }
        return load
    }
}

/// The jobs of one entry.
struct JobStream: Sendable {
    let entry: ScheduleEntry
    let entities: [String]
    let demand: JobDemand
    let queue: QueueRules?
    /// Tokens by limit that each job takes.
    let calls: CallPlan

    init(entry: ScheduleEntry, file: ScheduleFile, facts: LoadFacts) {
        self.entry = entry
        entities = facts.entities(of: entry)
        demand = facts.demand(entry.job, entry.argsJSON)
        queue = file.queues.first { $0.name.description == entry.queue }
        calls = CallPlan(demand, in: queue)
    }

    /// Ticks that count, by their nominal time.
    func ticks(from start: Int64, to end: Int64) -> Int {
        guard !entry.hours.isAlwaysOpen else { return entry.count(after: start - 1, through: end - 1, limit: .max) }
        return entry.ticks(after: start - 1, through: end - 1, limit: Self.tickLimit)
            .count { entry.closedBecause(at: $0) == nil }
    }

    /// The due times of all jobs that are due in a stretch, in no order.
    func dues(from start: Int64, to end: Int64) -> [Int64] {
        guard !entities.isEmpty else { return [] }
        // A delayed job belongs to where it is due, so ticks from before count too.
        let longest = entry.spreadMilliseconds + entry.jitterMilliseconds
        let fixed = entry.jitterMilliseconds == 0 ? entities.map { entry.due(nominal: 0, entity: $0) } : []
        var found: [Int64] = []
        for nominal in entry.ticks(after: start - longest - 1, through: end - 1, limit: Self.tickLimit)
        where entry.closedBecause(at: nominal) == nil {
            let dues =
                fixed.isEmpty ? entities.map { entry.due(nominal: nominal, entity: $0) } : fixed.map { nominal + $0 }
            for due in dues where due >= start && due < end { found.append(due) }
        }
        return found
    }

    /// Ticks that are looked at in one step, at the most: an interval is at least 100 ms.
    private static let tickLimit = 1_000_000
}
