import Redis
import Synchronization

@testable import JobQueue

/// Takes the steps of a sequence with the real scripts, through the broker, at the times of the sequence.
final class LiveQueue {
    let redis: RedisClient
    let broker: Broker
    private let clock: TimeOfSequence
    private var held: [QueueModel.Hold: LeasedJob] = [:]
    private var records = RecordReadings()

    init(redis: RedisClient, now: Int64, finishedLimit: Int) {
        self.redis = redis
        let time = TimeOfSequence(now)
        clock = time
        var broker = Broker(redis: redis, clock: RedisClock(redis: redis, given: { time.now }))
        broker.finishedLimit = finishedLimit
        self.broker = broker
    }

    /// - Returns: what the broker answered, in the words of `QueueModel.apply`.
    func apply(_ command: QueueCommand) async throws -> [String] {
        switch command {
        case .advance(let step):
            clock.advance(step)
            return []
        case .enqueue(let queue, let jobs):
            return try await enqueue(try jobs.map { try $0.new(in: queue, now: clock.now) })
        case .join, .extend, .leave, .fetch, .fetchParked, .wakeUp, .rescue, .seeDeath, .judge, .clampLeases, .promote,
            .deliverChildCompletions, .admitHeld:
            return try await applyLeases(command)
        case .acknowledge, .retry, .postpone, .park, .deadLetter: return try await applySettling(command)
        case .cancel, .requeue, .discard, .replaceDead, .purge, .configure, .pause, .resume, .sweep:
            return try await applyOperators(command)
        case .lead, .resign, .lapse, .announce, .baseline, .tick: return try await applyScheduler(command)
        }
    }

    private func enqueue(_ jobs: [NewJob]) async throws -> [String] {
        let answers: [EnqueuedJob]
        do { answers = try await broker.enqueue(jobs) } catch {
            guard case .queueFull = error else { throw error }
            return ["full"]
        }
        return answers.map { $0.isNew ? "new" : $0.isCoalesced ? "coalesced \($0.id)" : "there \($0.id)" }
    }

    private func applyLeases(_ command: QueueCommand) async throws -> [String] {
        switch command {
        case .join(let queue, let worker, let lease):
            try await broker.claims.join(
                try QueueName(queue), as: WorkerID(unchecked: worker), lease: .milliseconds(lease))
            return []
        case .extend(let queue, let worker, let lease):
            let told = try await broker.claims.extendLease(
                on: try QueueName(queue), of: WorkerID(unchecked: worker), lease: .milliseconds(lease))
            return told?.cancelled.map(\.description) ?? ["lost"]
        case .leave(let queue, let worker):
            try await broker.claims.leave(try QueueName(queue), as: WorkerID(unchecked: worker))
            return []
        case .fetch(let queue, let worker, let limit, let crashed):
            return claimed(
                try await broker.claims.fetch(
                    from: try QueueName(queue), for: WorkerID(unchecked: worker), limit: limit, takesCrashed: crashed))
        case .fetchParked(let queue, let worker, let gate, let limit):
            return claimed(
                try await broker.claims.fetchParked(
                    at: try Self.gate(gate), from: try QueueName(queue), for: WorkerID(unchecked: worker),
                    limit: limit))
        case .deliverChildCompletions(let queue):
            return ["\(try await broker.maintenance.deliverChildCompletions(of: try QueueName(queue)))"]
        case .admitHeld(let queue): return ["\(try await broker.maintenance.admitHeld(in: try QueueName(queue)))"]
        case .wakeUp(let queue):
            _ = try await redis.send(["LPOP", .text(QueueKeys().of(try QueueName(queue)).wake)])
            return []
        case .rescue(let queue, let maxCrashes):
            let report = try await broker.maintenance.rescueExpired(in: try QueueName(queue), maxCrashes: maxCrashes)
            return report.workers + ["rescued \(report.rescued)", "dead \(report.dead)"]
        case .seeDeath(let queue, let worker, let maxCrashes):
            let report = try await broker.maintenance.rescueDead(
                WorkerID(unchecked: worker), in: try QueueName(queue), maxCrashes: maxCrashes,
                reason: QueueModel.crashReason)
            return report.workers + ["rescued \(report.rescued)", "dead \(report.dead)"]
        case .judge(let queue, let maxCrashes):
            let report = try await broker.maintenance.judgeMissing(in: try QueueName(queue), maxCrashes: maxCrashes)
            return ["rescued \(report.rescued)", "dead \(report.dead)"]
        case .clampLeases(let queue):
            try await broker.maintenance.clampLeases(in: try QueueName(queue), lease: .milliseconds(QueueModel.lease))
            return []
        case .promote(let queue): return ["\(try await broker.maintenance.promoteDue(in: try QueueName(queue)))"]
        default: return ["not a step of leases"]
        }
    }

    private static func gate(_ text: String) throws -> Gate {
        guard let gate = Gate(text) else { throw UnknownHold(id: text) }
        return gate
    }

    private func claimed(_ answer: FetchAnswer) -> [String] {
        switch answer {
        case .leaseLost: return ["lost"]
        case .paused: return ["paused"]
        case .jobs(let jobs):
            for job in jobs {
                let hold = QueueModel.Hold(
                    queue: job.queue.description, worker: job.worker.description, id: job.id.description)
                held[hold] = job
            }
            return jobs.map { "\($0.id) fence \($0.fence) attempt \($0.attempt)" }
        }
    }

    private func applySettling(_ command: QueueCommand) async throws -> [String] {
        let failure = JobFailure(type: QueueModel.failure.type, message: QueueModel.failure.message, at: clock.now)
        func new(_ child: QueueCommand.Child) throws -> NewJob { try child.job.new(in: child.queue, now: clock.now) }
        func job(_ queue: String, _ worker: String, _ id: String) throws -> LeasedJob {
            guard let job = held[.init(queue: queue, worker: worker, id: id)] else { throw UnknownHold(id: id) }
            return job
        }
        switch command {
        case .acknowledge(let queue, let worker, let ended):
            let completions = try ended.map { one in
                Completion(
                    try job(queue, worker, one.id), one.stateCode,
                    output: JobOutput(
                        result: QueueModel.resultText, children: try one.children.map { try new($0) },
                        batch: try one.plan.map {
                            BatchPlan(followUp: try one.then.map { try new($0) }, onFailure: $0)
                        }))
            }
            return try await broker.claims.acknowledge(completions).map { "\($0)" }
        case .retry(let queue, let worker, let id, let delay):
            return [
                "\(try await broker.claims.retry(try job(queue, worker, id), at: clock.now + delay, because: failure))"
            ]
        case .postpone(let queue, let worker, let id, let delay):
            let job = try job(queue, worker, id)
            return ["\(try await broker.claims.postpone(job, until: clock.now + delay, because: "r"))"]
        case .park(let queue, let worker, let id, let gate):
            return [
                "\(try await broker.claims.park(try job(queue, worker, id), at: try Self.gate(gate), because: "r"))"
            ]
        case .deadLetter(let queue, let worker, let id):
            return ["\(try await broker.claims.deadLetter(try job(queue, worker, id), because: failure))"]
        default: return ["not a settlement"]
        }
    }

    private func applyOperators(_ command: QueueCommand) async throws -> [String] {
        switch command {
        case .cancel(let queue, let id):
            return [try await broker.cancel(try JobID(id), in: try QueueName(queue)).rawValue]
        case .requeue(let queue, let ids):
            let dead = try await QueueInspector(broker: broker).jobs(
                in: try QueueName(queue), state: .dead, limit: 1_000)
            let wanted = ids.compactMap { id in dead.first { $0.id.description == id } }
            return ["\(try await broker.deadLetters.requeueDead(wanted, in: try QueueName(queue)))"]
        case .discard(let queue, let ids):
            return [
                "\(try await broker.deadLetters.discardDead(try ids.map { try JobID($0) }, in: try QueueName(queue)))"
            ]
        case .replaceDead(let queue, let id, let new): return [try await replaceDead(id, in: queue, with: new)]
        case .purge(let queue): return ["\(try await broker.purge(try QueueName(queue)))"]
        case .configure(let queue, let most, let policy):
            try await broker.configure(try QueueName(queue), QueueSettings(maxWaiting: most, whenFull: policy))
            return []
        case .pause(let queue, let duration):
            try await broker.pause(try QueueName(queue), for: duration.map { .milliseconds($0) }, reason: "r")
            return []
        case .resume(let queue): return ["\(try await broker.resume(try QueueName(queue)))"]
        case .sweep(let queue, let retention):
            let kept = Duration.milliseconds(retention)
            return ["\(try await broker.maintenance.sweepFinished(in: try QueueName(queue), olderThan: kept))"]
        default: return ["not an operator's step"]
        }
    }

    private func replaceDead(_ id: String, in queue: String, with new: QueueCommand.Child) async throws -> String {
        let job = try new.job.new(in: new.queue, now: clock.now)
        let (id, queue) = (try JobID(id), try QueueName(queue))
        do { return "\(try await broker.deadLetters.replaceDead(id, in: queue, with: job))" } catch {
            guard case .badName = error else { throw error }
            return "taken"
        }
    }

    private func applyScheduler(_ command: QueueCommand) async throws -> [String] {
        func lease(_ holder: String) -> LeaderLease {
            LeaderLease(broker: broker, holder: holder, lease: .seconds(3_600))
        }
        switch command {
        case .lead(let holder): return [try await lease(holder).lead().map { "\($0)" } ?? "none"]
        case .resign(let holder):
            try await lease(holder).resign()
            return []
        case .lapse:
            _ = try await redis.send(["DEL", .text(QueueKeys().leader)])
            return []
        case .announce(let queue, let epoch):
            return ["\(try await lease("any").announce(epoch, to: [try QueueName(queue)]))"]
        case .baseline(let queue, let entry, let at, let epoch):
            let known = try await broker.schedules.setLastRun(of: entry, in: try QueueName(queue), at: at, epoch: epoch)
            return [known.map { "\($0)" } ?? "none"]
        case .tick(let queue, let entry, let nominal, let epoch, let skips, let job):
            var tick = Tick(
                entry: entry, nominalMilliseconds: nominal, queue: try QueueName(queue),
                outcome: job == nil ? .skip(.misfire) : .enqueue)
            tick.overlap = skips ? .skip : .allow
            tick.members = try job.map { [Tick.Member(job: try $0.new(in: queue, now: clock.now))] } ?? []
            return [try await broker.schedules.tick(tick, epoch: epoch).answer.rawValue]
        default: return ["not a scheduler's step"]
        }
    }

    /// Reads everything of some queues back from their keys.
    func state(of names: [String]) async throws -> [String: QueueModel.Queue] {
        var state: [String: QueueModel.Queue] = [:]
        for name in names { state[name] = try await records.read(try QueueName(name), from: redis) }
        return state
    }
}

/// The clock of a sequence.
final class TimeOfSequence: Sendable {
    private let milliseconds: Mutex<Int64>

    init(_ start: Int64) { milliseconds = Mutex(start) }

    var now: Int64 { milliseconds.withLock { $0 } }
    func advance(_ step: Int64) { milliseconds.withLock { $0 += step } }
}

struct UnknownHold: Error {
    let id: String
}
