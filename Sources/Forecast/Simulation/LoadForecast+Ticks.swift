import JobQueue
import ScheduleConfiguration
import Scheduler

/// An entry of the simulation, and the jobs of it that live.
struct SimulatedEntry {
    let entry: ScheduleEntry
    let entities: [String]
    let queue: Int
    let work: Int
    var lastHandled: Int64
    var story: SimulationReport.EntryStory
    /// By entity: jobs that wait, the oldest first, and the newest one that runs.
    var waiting: [[Int]]
    var running: [[Int]]
}

/// The schedule's side.
extension LoadForecast {
    mutating func add(_ entry: ScheduleEntry) {
        guard let queue = queues.firstIndex(where: { $0.name == entry.queue }) else { return }
        let entities = facts.entities(of: entry)
        let none = [[Int]](repeating: [], count: entities.count)
        entries.append(
            SimulatedEntry(
                entry: entry, entities: entities, queue: queue, work: work(entry.job, entry.argsJSON, queue: queue),
                lastHandled: start - 1, story: .init(name: entry.name), waiting: none, running: none))
        wind(entries.count - 1)
    }

    /// The entry is looked at again at its next tick; while the scheduler is down, when it is back.
    private mutating func wind(_ index: Int) {
        guard let next = entries[index].entry.next(after: entries[index].lastHandled) else { return }
        let outage = outages.first { $0.contains(next) }
        clockwork.add(index, at: max(outage?.upperBound ?? next, next))
    }

    /// One look of the scheduler at the entries whose time has come.
    mutating func turn() {
        var due: [Int] = []
        while let next = clockwork.next, next <= now, let (_, index) = clockwork.take() { due.append(index) }
        let byName = Dictionary(due.map { (entries[$0].entry.name, $0) }, uniquingKeysWith: { $1 })
        var handled: [String: Int64] = [:]
        for index in due { handled[entries[index].entry.name] = entries[index].lastHandled }
        let planner = TickPlanner(entries: due.map { entries[$0].entry })
        for tick in planner.plan(lastHandled: handled, now: now).ticks {
            guard let index = byName[tick.entry.name] else { continue }
            carryOut(tick, index)
            entries[index].lastHandled = max(entries[index].lastHandled, tick.nominal)
        }
        for index in due { wind(index) }
    }

    private mutating func carryOut(_ tick: PlannedTick, _ index: Int) {
        switch tick {
        case .skip(let skipped):
            switch skipped.reason {
            case .closed: entries[index].story.closed += skipped.count
            case .misfire, .tooOld: entries[index].story.missed += skipped.count
            }
        case .enqueue(let due):
            entries[index].story.enqueued += 1
            if due.reason == .caughtUp { entries[index].story.caughtUp += 1 }
            for entity in entries[index].entities.indices { enqueue(index, entity, nominal: due.nominal) }
        }
    }

    private mutating func enqueue(_ index: Int, _ entity: Int, nominal: Int64) {
        let entry = entries[index].entry
        guard makesRoom(index, entity, entry) else {
            entries[index].story.overlaps += 1
            return
        }
        let due = entry.due(nominal: nominal, entity: entries[index].entities[entity])
        let fresh = queues[entries[index].queue].freshFor.map { max(due, now) + $0 } ?? .max
        let job = make(
            SimulatedJob(
                entry: index, entity: entity, queue: entries[index].queue, work: entries[index].work,
                priority: entry.priority, number: 0, due: due, freshUntil: fresh))
        entries[index].story.jobs += 1
        entries[index].waiting[entity].append(job)
        if due > now { events.add(.due(job), at: due) } else { becomeReady(job) }
    }

    /// What the overlap rule says of a new job of an entity.
    /// - Returns: false when it is left out.
    private mutating func makesRoom(_ index: Int, _ entity: Int, _ entry: ScheduleEntry) -> Bool {
        let (waiting, running) = (entries[index].waiting[entity], entries[index].running[entity])
        switch entry.overlap {
        case .allow: return true
        case .skip: return waiting.isEmpty && running.isEmpty
        case .queueOne: return waiting.isEmpty
        case .queueAll: return waiting.count < entry.overlapMax
        case .replaceWaiting, .cancelRunning:
            for job in waiting { cancel(job) }
            entries[index].waiting[entity] = []
            entries[index].story.replaced += waiting.count
            guard entry.overlap == .cancelRunning else { return true }
            entries[index].story.replaced += running.count
            for job in running { finish(job, isWhole: false) }
            return true
        }
    }

    /// Cancels a waiting job: the fetch that finds it in its queue drops it.
    private mutating func cancel(_ job: Int) {
        jobs[job].state = .over
        queues[jobs[job].queue].waiting -= 1
    }

    /// It has left the state in which its entry counted it.
    mutating func leave(_ job: Int, _ state: WritableKeyPath<SimulatedEntry, [[Int]]>) {
        guard let entry = jobs[job].entry else { return }
        entries[entry][keyPath: state][jobs[job].entity].removeAll { $0 == job }
    }
}
