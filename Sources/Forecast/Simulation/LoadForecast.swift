import JobQueue
public import ScheduleConfiguration

/// Runs a schedule on a clock of its own: the real planner decides the ticks, the real spread delays the jobs, the
/// buckets give tokens as the fleet's do, and jobs take as long as they are said to.
///
/// The same at every run: where chance would decide (run times, whether an order follows) a hash of the job does. What
/// is simpler than in the fleet: a job starts the moment it may, no job fails, a pool's places are one whatever the
/// number of its processes, and the circuits stay closed. While it is down, nothing is enqueued or started; what runs
/// goes on to its end.
public struct LoadForecast {
    let file: ScheduleFile
    let facts: LoadFacts
    let start, end: Int64
    let outages: [Range<Int64>]
    var now: Int64
    var events = EventQueue<Event>()
    var jobs: [SimulatedJob] = []
    private var unused: [Int] = []
    private var numbers: UInt64 = 0
    var works: [SimulatedWork] = []
    var queues: [SimulatedQueue]
    var pools: [SimulatedPool]
    var limits: [SimulatedLimit]
    var entries: [SimulatedEntry] = []
    /// Entries by their next nominal time.
    var clockwork = EventQueue<Int>()
    var hours: [SimulationReport.HourStory] = []

    enum Event {
        case due(Int)
        /// A running job goes on to its next call, or ends.
        case step(job: Int, number: UInt64)
        /// A queue that had to wait for its limits is asked again.
        case look(queue: Int)
        case recovered
    }

    /// - Parameters:
    ///   - start: unix milliseconds; ticks before it count as handled.
    ///   - length: milliseconds, at least 1.
    ///   - outages: stretches in which the fleet is down.
    public init(
        file: ScheduleFile, facts: LoadFacts, from start: Int64, for length: Int64, outages: [Range<Int64>] = []
    ) {
        self.file = file
        self.facts = facts
        self.start = start
        end = start + max(1, length)
        self.outages = outages.sorted { $0.lowerBound < $1.lowerBound }
        now = start
        queues = file.queues.map { SimulatedQueue($0, limits: file.limits) }
        limits = file.limits.map { SimulatedLimit($0) }
        let names = file.queues.map(\.name.description)
        pools = file.pools.map { SimulatedPool($0, queues: names) }
        for (index, pool) in pools.enumerated() {
            for queue in pool.queues { queues[queue].pools.append(index) }
        }
        for entry in file.schedules where entry.enabled { add(entry) }
        for outage in self.outages { events.add(.recovered, at: outage.upperBound) }
    }

    /// Runs it to its end.
    public mutating func run() -> SimulationReport {
        while let next = [clockwork.next, events.next].compactMap(\.self).min(), next < end {
            now = max(now, next)
            // Ticks come first: what they enqueue may be due in the same moment.
            if let tick = clockwork.next, tick <= now {
                turn()
            } else if let event = events.take() {
                handle(event.event)
            }
        }
        now = end
        return report()
    }

    var isDown: Bool { outages.contains { $0.contains(now) } }

    private mutating func handle(_ event: Event) {
        switch event {
        case .due(let job): becomeReady(job)
        case .step(let job, let number): if jobs[job].number == number { step(job) }
        case .look(let queue): serve(queue: queue)
        case .recovered: for pool in pools.indices { serve(pool: pool) }
        }
    }

    /// A new job, which waits.
    mutating func make(_ job: SimulatedJob) -> Int {
        numbers += 1
        var job = job
        job.number = numbers
        queues[job.queue].waiting += 1
        queues[job.queue].story.mostWaiting = max(queues[job.queue].story.mostWaiting, queues[job.queue].waiting)
        guard let place = unused.popLast() else {
            jobs.append(job)
            return jobs.count - 1
        }
        jobs[place] = job
        return place
    }

    /// Its place is given to another one; nothing may refer to it any more.
    mutating func forget(_ job: Int) {
        jobs[job].number = 0
        unused.append(job)
    }

    /// The work of jobs of a kind in a queue, made once.
    mutating func work(_ kind: String, _ argsJSON: String, queue: Int, depth: Int = 0) -> Int {
        let demand = facts.demand(kind, argsJSON)
        let plan = CallPlan(demand, in: file.queues[queue])
        let place = works.count
        works.append(
            SimulatedWork(
                demand: demand, plan: plan, limit: limits.firstIndex { $0.story.name == demand.limit }, queue: queue))
        guard depth < 4 else { return place }
        for rule in demand.followUps {
            guard let target = queues.firstIndex(where: { $0.name == rule.queue }) else { continue }
            let next = work(rule.kind, rule.argsJSON, queue: target, depth: depth + 1)
            works[place].followUps.append((rule, next))
        }
        return place
    }

    /// The hour that the present moment is in.
    mutating func note(_ change: (inout SimulationReport.HourStory) -> Void) {
        let index = Int((now - start) / 3_600_000)
        while hours.count <= index {
            hours.append(SimulationReport.HourStory(from: start + Int64(hours.count) * 3_600_000))
        }
        change(&hours[index])
    }

    private func report() -> SimulationReport {
        var report = SimulationReport(from: start, to: end)
        report.entries = entries.map(\.story)
        report.queues = queues.map { queue in
            var story = queue.story
            story.latenessMedian = queue.lateness.percentile(50)
            story.latenessP99 = queue.lateness.percentile(99)
            story.latenessMax = queue.lateness.largest
            story.waitingAtEnd = queue.line.count
            return story
        }
        report.limits = limits.map(\.finished)
        report.hours = hours
        return report
    }
}
