import JobQueue
import Logging
import ScheduleConfiguration

/// Carries out plans.
extension SchedulerService {
    /// - Throws: `staleEpoch` when this scheduler no longer leads.
    func carryOut(
        _ plan: TickPlan, _ leadership: inout LeaderState, _ file: ScheduleFile
    ) async throws(JobQueueError) {
        for (name, last) in plan.corrections.sorted(by: { $0.key < $1.key }) {
            guard let entry = file.schedules.first(where: { $0.name == name }) else { continue }
            try await correct(entry, from: last, &leadership)
        }
        if !plan.lastRuns.isEmpty {
            for entry in file.schedules {
                guard let time = plan.lastRuns[entry.name] else { continue }
                try await setLastRun(of: entry, at: time, &leadership)
            }
        }
        // Entries with a tick that waits for its source or for workers: later ticks of these must wait too.
        var waiting: Set<String> = []
        // One answer serves all ticks of a plan.
        var answers: [(source: ForEach.Source, answer: Result<[String], any Error>)] = []
        for planned in plan.ticks where !waiting.contains(planned.entry.name) {
            let name = planned.entry.name
            var entities: [String]?
            if case .enqueue = planned, let source = planned.entry.forEach?.source {
                let known = answers.first { $0.source == source }?.answer
                let answer = if let known { known } else { await ask(for: planned.entry) }
                if known == nil { answers.append((source, answer)) }
                do {
                    entities = try answer.get()
                    if leadership.unavailable.removeValue(forKey: name) != nil {
                        parts.logger.info("the source of \(name) answers again")
                    }
                } catch {
                    note(error, of: name, &leadership)
                    waiting.insert(name)
                    continue
                }
            }
            switch try await carryOut(planned, entities, leadership) {
            case .stale: throw .staleEpoch
            // Its next tick must not overtake it.
            case .again: waiting.insert(name)
            default: leadership.handled[name] = planned.nominal
            }
        }
    }

    /// Lets an entry continue from now, because its last handled time is ahead of the clock: the clock was wrong then,
    /// or is wrong now.
    private func correct(
        _ entry: ScheduleEntry, from last: Int64, _ leadership: inout LeaderState
    ) async throws(JobQueueError) {
        let now = try await parts.broker.clock.now()
        guard last > now else { return }
        let far = ClockStepWatch.text(last - now)
        let detail = "the last handled time was \(far) ahead of the clock of Redis"
        let known = try await parts.broker.schedules.correctLastTick(
            of: entry.name, in: try QueueName(entry.queue), from: last, to: now, detail: detail,
            epoch: leadership.epoch)
        guard let known else { throw .staleEpoch }
        leadership.handled[entry.name] = known
        guard known == now else { return }
        leadership.ahead[entry.name] = max(leadership.ahead[entry.name] ?? last, last)
        parts.logger.critical(
            "ALARM the clock was corrected: entry \(entry.name) goes on from now, because \(detail). Check the clock")
    }

    private func ask(for entry: ScheduleEntry) async -> Result<[String], any Error> {
        do { return .success(try await parts.resolver.entities(of: entry) ?? []) } catch { return .failure(error) }
    }

    private func note(_ error: any Error, of entry: String, _ leadership: inout LeaderState) {
        let sentence = PlainText.line("\(error)", limit: 200)
        guard leadership.unavailable.updateValue(sentence, forKey: entry) == nil else { return }
        parts.logger.error("entry \(entry) waits, because its source cannot be asked: \(sentence)")
    }

    func setLastRun(
        of entry: ScheduleEntry, at time: Int64, _ leadership: inout LeaderState
    ) async throws(JobQueueError) {
        let known = try await parts.broker.schedules.setLastRun(
            of: entry.name, in: try QueueName(entry.queue), at: time, epoch: leadership.epoch,
            version: leadership.version)
        guard let known else { throw .staleEpoch }
        leadership.handled[entry.name] = known
    }

    private func carryOut(
        _ planned: PlannedTick, _ entities: [String]?, _ leadership: LeaderState
    ) async throws(JobQueueError) -> TickAnswer {
        let tick: Tick
        do throws(JobQueueError) {
            tick = try self.tick(planned, entities, leadership)
        } catch {
            // The arguments are invalid although the file was checked, so the scheduler logs the error and the entry
            // goes on.
            parts.logger.error("tick \(planned.entry.name)@\(planned.nominal) cannot be enqueued: \(error)")
            return .skipped
        }
        let result = try await parts.broker.schedules.tick(tick, epoch: leadership.epoch)
        say(result, of: tick)
        for name in result.endedPauses { try await makeUp(forPauseOf: name, planned.entry, entities) }
        return result.answer
    }

    private func tick(
        _ planned: PlannedTick, _ entities: [String]?, _ leadership: LeaderState
    ) throws(JobQueueError) -> Tick {
        let entry = planned.entry
        var tick = Tick(entry: entry.name, nominalMilliseconds: planned.nominal, queue: try QueueName(entry.queue))
        tick.overlap = entry.overlap
        tick.overlapMax = entry.overlapMax
        tick.pauseAfterFailures = entry.pauseAfterFailures ?? 0
        switch planned {
        case .enqueue(let due):
            tick.outcome = due.reason == .caughtUp ? .catchUp : .enqueue
            tick.members = try TickJobFactory(entry: entry).members(nominal: due.nominal, entities: entities)
            if tick.members.isEmpty { tick.detail = "the source named nobody" }
        case .skip(let ticks):
            tick.firstMilliseconds = ticks.first
            tick.count = ticks.count
            switch ticks.reason {
            case .closed(let because):
                tick.outcome = .skip(.window)
                tick.detail = because
            case .misfire, .tooOld:
                tick.outcome = .skip(.misfire)
                if ticks.reason == .tooOld { tick.detail = "older than within" }
                if let why = leadership.unavailable[entry.name] {
                    tick.outcome = .sourceUnavailable
                    tick.detail = why
                }
            }
        }
        return tick
    }

    private func say(_ result: TickResult, of tick: Tick) {
        for name in result.pausedNow {
            parts.logger.error(
                "\(name) is paused: \(tick.pauseAfterFailures) of its jobs in a row died. Resume it when it is mended")
        }
        switch (result.answer, tick.outcome) {
        case (.stale, _): parts.logger.warning("stale epoch: tick \(tick.id) is left to a newer leader")
        case (.queueFull, _):
            parts.logger.warning("tick \(tick.id) skipped: queue '\(tick.queue)' takes no more")
        case (.overlap, _): parts.logger.warning("tick \(tick.id) skipped: the job of the one before still lives")
        case (.enqueued, .catchUp): parts.logger.warning("tick \(tick.id) caught up: it was missed")
        case (.skipped, .skip(.misfire)):
            parts.logger.warning("\(tick.count) ticks of \(tick.entry) were missed and skipped")
        case (.skipped, .sourceUnavailable):
            parts.logger.error("\(tick.count) ticks of \(tick.entry) had no source: \(tick.detail)")
        default: parts.logger.debug("tick \(tick.id): \(result.answer.rawValue)")
        }
    }

    /// Catches up a pause that has ended by itself, as the pause states, then ends it. If the scheduler is interrupted,
    /// the next tick of the entry finds the pause again, and no tick is enqueued twice.
    private func makeUp(
        forPauseOf name: String, _ entry: ScheduleEntry, _ entities: [String]?
    ) async throws(JobQueueError) {
        let queue = try QueueName(entry.queue)
        let pauses = try await parts.broker.schedules.entryPauses(in: queue)
        guard let pause = pauses.first(where: { $0.name == name }) else { return }
        let entity = name.firstIndex(of: "#").map { String(name[name.index(after: $0)...]) }
        let backfill = Backfill(entry: entry, entities: entities, entity: entity, broker: parts.broker)
        let times = try await backfill.missed(
            from: pause.since, through: pause.until ?? pause.since, policy: pause.catchUp)
        for time in times { _ = try await backfill.enqueue(time) }
        try await parts.broker.schedules.endPause(pause, in: queue)
        parts.logger.warning("the pause of \(name) has ended; \(times.count) of its ticks were made up for")
    }
}
