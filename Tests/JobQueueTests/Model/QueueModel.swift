@testable import JobQueue

/// What the engine is supposed to do, as plain values: no Redis, no scripts, time passed in.
///
/// A new state is a field of `Queue`, a new command a case of `QueueCommand` and a line of `apply`.
struct QueueModel {
    /// Everything of a queue that can be seen in Redis.
    struct Queue: Equatable {
        var jobs: [String: Job] = [:]
        var ready: [String] = []
        /// By minus priority.
        var ranked: [String: Int64] = [:]
        var scheduled: [String: Int64] = [:]
        var retrying: [String: Int64] = [:]
        var dead: [String: Int64] = [:]
        /// Newest first.
        var done: [String] = []
        /// By worker, in the order in which jobs were claimed.
        var running: [String: [Claimed]] = [:]
        var leases: [String: Int64] = [:]
        /// Workers that lost leases and have not come back.
        var vanished: [String: Int64] = [:]
        var ticks: [String: Int64] = [:]
        /// Live jobs and deaths in a row of each entry of the schedule, as they lie in Redis.
        var entries: [String: String] = [:]
        /// Jobs parked: `<reason> <number> <id>`, each with score 0.
        var aside: [String: Int64] = [:]
        /// Unique keys, concurrency keys and where jobs are parked, as they lie in Redis.
        var links: [String: String] = [:]
        /// Oldest first, as they lie in Redis.
        var notices: [String] = []
        /// By the job that waits, as they lie in Redis.
        var batches: [String: [String: String]] = [:]
        var expiring: [String: Int64] = [:]
        var wake = 0
        var meta: [String: String] = [:]
    }

    struct Claimed: Equatable {
        var id: String
        var fence: Int
        var started: Int64
        var isToBeCancelled = false
    }

    struct Job: Equatable {
        var stateCode = JobEnvelope.StateCode.live
        var priority = 0
        var attempts = 0
        var crashes = 0
        var losses = 0
        var missing: [String] = []
        var enqueued: Int64
        var started: Int64?
        var finished: Int64?
        var worker: String?
        /// Newest first.
        var events: [JobEvent] = []
        /// As it stands in the record.
        var outcome = ""
        var options = JobOptions()
        var payload = ""
    }

    /// A job that a worker believes to have.
    struct Hold: Hashable, Comparable {
        var queue, worker, id: String

        static func < (left: Hold, right: Hold) -> Bool {
            (left.queue, left.worker, left.id) < (right.queue, right.worker, right.id)
        }
    }

    struct HeldJob {
        var fence: Int
        var started: Int64
        var job: Job
    }

    var now: Int64 = 1_700_000_000_000
    var queues: [String: Queue] = ["a": Queue(), "b": Queue()]
    /// Kept when the lease is lost: late settlements are part of the game.
    var held: [Hold: HeldJob] = [:]
    var leader: (epoch: Int, holder: String, until: Int64)?
    var epochs = 0
    let finishedLimit: Int
    static let resultText = "7"
    /// What is clamped to.
    static let lease: Int64 = 8_000
    static let failure = (type: "test", message: "it broke")
    static let crashReason = "it fell"
    /// How long a worker may be missing.
    static let patience: Int64 = 30_000

    init(finishedLimit: Int) { self.finishedLimit = finishedLimit }

    /// False for a step that no caller would take: settling what was never fetched, an epoch that nobody has led, a job
    /// that waits for itself.
    func allows(_ command: QueueCommand) -> Bool {
        switch command {
        case .acknowledge(let queue, let worker, let ended):
            ended.allSatisfy { held[Hold(queue: queue, worker: worker, id: $0.id)] != nil }
                && ended.count(where: \.isWaiting) < 2
                && ended.allSatisfy { one in
                    !one.isWaiting || !one.children.contains { $0.queue == queue && $0.job.id == one.id }
                }
        case .retry(let queue, let worker, let id, _), .postpone(let queue, let worker, let id, _),
            .deadLetter(let queue, let worker, let id), .park(let queue, let worker, let id, _):
            held[Hold(queue: queue, worker: worker, id: id)] != nil
        case .announce(_, let epoch), .baseline(_, _, _, let epoch), .tick(_, _, _, let epoch, _, _): epoch <= epochs
        case .advance, .enqueue, .join, .extend, .leave, .fetch, .fetchParked, .wakeUp, .cancel, .promote, .rescue,
            .seeDeath,
            .judge, .clampLeases, .deliverChildCompletions, .admitHeld, .requeue, .discard, .replaceDead, .purge,
            .configure,
            .pause, .resume, .sweep,
            .lead, .resign, .lapse:
            true
        }
    }

    /// Takes a step.
    /// - Returns: what the broker's method answers, in words.
    mutating func apply(_ command: QueueCommand) -> [String] {
        switch command {
        case .advance(let time):
            now += time
            return []
        case .lead(let holder): return [lead(holder)]
        case .resign(let holder):
            if leader?.holder == holder { leader = nil }
            return []
        case .lapse:
            leader = nil
            return []
        case .acknowledge(let name, let worker, let ended): return acknowledge(name, worker, ended)
        case .cancel(let name, let id): return [cancel(id, in: name).rawValue]
        case .deliverChildCompletions(let name): return ["\(deliverChildCompletions(of: name))"]
        case .replaceDead(let name, let id, let new): return [replaceDead(id, in: name, with: new)]
        case .purge(let name):
            let removed = queues[name]?.purge(now: now) ?? 0
            deliverChildCompletions(of: name)
            return ["\(removed)"]
        case .deadLetter(let name, let worker, let id):
            let hold = Hold(queue: name, worker: worker, id: id)
            let answer = within(name) { model, queue in model.deadLetter(&queue, hold) }
            if held[hold]?.job.options.batch != nil { deliverChildCompletions(of: name) }
            return answer
        case .retry(let name, let worker, let id, let delay):
            return within(name) { $0.retry(&$1, Hold(queue: name, worker: worker, id: id), delay) }
        case .postpone(let name, let worker, let id, let delay):
            return within(name) { $0.postpone(&$1, Hold(queue: name, worker: worker, id: id), delay) }
        case .park(let name, let worker, let id, let gate):
            return within(name) { $0.park(&$1, Hold(queue: name, worker: worker, id: id), gate) }
        case .fetch(let name, let worker, let limit, let crashed):
            return within(name) { $0.fetch(&$1, name, worker, limit, takesCrashed: crashed) }
        case .fetchParked(let name, let worker, let gate, let limit):
            return within(name) { $0.fetch(&$1, name, worker, limit, gate: gate) }
        case .enqueue(let name, _), .join(let name, _, _), .extend(let name, _, _), .leave(let name, _),
            .wakeUp(let name), .promote(let name), .rescue(let name, _), .seeDeath(let name, _, _), .judge(let name, _),
            .clampLeases(let name), .admitHeld(let name), .requeue(let name, _),
            .discard(let name, _), .configure(let name, _, _), .pause(let name, _), .resume(let name),
            .sweep(let name, _), .announce(let name, _), .baseline(let name, _, _, _), .tick(let name, _, _, _, _, _):
            return within(name) { $0.apply(command, to: &$1) }
        }
    }

    private mutating func within(_ name: String, _ step: (inout QueueModel, inout Queue) -> [String]) -> [String] {
        var queue = queues[name] ?? Queue()
        let answer = step(&self, &queue)
        queues[name] = queue
        return answer
    }

    /// The steps that one queue takes by itself.
    private func apply(_ command: QueueCommand, to queue: inout Queue) -> [String] {
        switch command {
        case .enqueue(_, let jobs): return queue.enqueue(jobs, keep: finishedLimit, now: now)
        case .join(_, let worker, let lease):
            if queue.leases[worker] == nil { queue.leases[worker] = now + lease }
            return []
        case .extend(_, let worker, let lease): return queue.extend(worker, until: now + lease)
        case .leave(_, let worker):
            queue.leases[worker] = queue.running[worker] == nil ? nil : 0
            queue.vanished[worker] = nil
            return []
        case .wakeUp:
            queue.wake = max(0, queue.wake - 1)
            return []
        case .promote: return ["\(queue.promote(now: now))"]
        case .rescue(_, let maxCrashes): return queue.rescue(maxCrashes: maxCrashes, now: now)
        case .seeDeath(_, let worker, let maxCrashes): return queue.seeDeath(of: worker, maxCrashes, now: now)
        case .judge(_, let maxCrashes): return queue.judge(maxCrashes: maxCrashes, now: now)
        case .clampLeases:
            queue.leases = queue.leases.mapValues { $0 > now + 4 * Self.lease ? now + Self.lease : $0 }
            return []
        case .admitHeld: return ["\(queue.admitHeld())"]
        case .requeue(_, let ids): return ["\(queue.requeue(ids, now: now))"]
        case .discard(_, let ids): return ["\(queue.discard(ids))"]
        case .configure(_, let most, let policy):
            queue.configure(most, policy)
            return []
        case .pause(_, let duration):
            queue.meta["paused_until"] = duration.map { "\(now + $0)" } ?? "0"
            queue.meta["paused_reason"] = "r"
            queue.meta["paused_for"] = "\(duration ?? 0)"
            return []
        case .resume: return ["\(queue.resume())"]
        case .sweep(_, let retention): return ["\(queue.sweep(before: now - retention, now: now))"]
        case .announce(_, let epoch): return ["\(queue.raise(to: epoch) <= epoch)"]
        case .baseline(_, let entry, let at, let epoch): return queue.baseline(of: entry, at: at, epoch: epoch)
        case .tick(_, let entry, let nominal, let epoch, let skips, let job):
            return [queue.tick(entry, nominal, epoch: epoch, skips: skips, job, now: now).rawValue]
        default: return []
        }
    }

    private mutating func lead(_ holder: String) -> String {
        // The lease of `LiveQueue`.
        let until = now + 3_600_000
        guard let current = leader, current.until > now else {
            epochs += 1
            leader = (epochs, holder, until)
            return "\(epochs)"
        }
        leader?.until = current.holder == holder ? until : min(current.until, until)
        return current.holder == holder ? "\(current.epoch)" : "none"
    }
}

extension QueueModel.Job {
    /// A new job.
    init(_ job: QueueCommand.Job, now: Int64) {
        self.init(priority: job.priority, enqueued: now, options: job.options(now: now), payload: job.payload)
    }
}
