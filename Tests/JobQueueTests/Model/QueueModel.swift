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
        var ticks: [String: Int64] = [:]
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
        enum Outcome: Equatable {
            case none
            case result(String)
            case failure(type: String, message: String)
        }

        var mark = JobEnvelope.Mark.live
        var priority = 0
        var attempts = 0
        var crashes = 0
        var enqueued: Int64
        var started: Int64?
        var finished: Int64?
        var worker: String?
        /// Newest first.
        var events: [JobEvent] = []
        var outcome = Outcome.none
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
    var leader: (epoch: Int, holder: String)?
    var epochs = 0
    let finishedLimit: Int
    static let resultText = "7"
    static let failure = (type: "test", message: "it broke")
    static let crashReason = "its lease expired"

    init(finishedLimit: Int) { self.finishedLimit = finishedLimit }

    /// False for a step that no caller would take: settling what was never fetched, an epoch that nobody has led.
    func allows(_ command: QueueCommand) -> Bool {
        switch command {
        case .acknowledge(let queue, let worker, let ended):
            ended.allSatisfy { held[Hold(queue: queue, worker: worker, id: $0.id)] != nil }
        case .retry(let queue, let worker, let id, _), .postpone(let queue, let worker, let id, _),
            .deadLetter(let queue, let worker, let id):
            held[Hold(queue: queue, worker: worker, id: id)] != nil
        case .announce(_, let epoch), .baseline(_, _, _, let epoch), .tick(_, _, _, let epoch, _, _): epoch <= epochs
        case .advance, .enqueue, .join, .extend, .leave, .fetch, .wakeUp, .cancel, .promote, .rescue, .requeue,
            .discard,
            .pause, .resume, .sweep, .lead, .resign, .lapse:
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
        case .enqueue(let name, _), .join(let name, _, _), .extend(let name, _, _), .leave(let name, _),
            .fetch(let name, _, _), .wakeUp(let name), .retry(let name, _, _, _), .postpone(let name, _, _, _),
            .deadLetter(let name, _, _), .cancel(let name, _), .promote(let name), .rescue(let name, _),
            .requeue(let name, _), .discard(let name, _), .pause(let name, _), .resume(let name), .sweep(let name, _),
            .announce(let name, _), .baseline(let name, _, _, _), .tick(let name, _, _, _, _, _):
            var queue = queues[name] ?? Queue()
            defer { queues[name] = queue }
            return apply(command, to: &queue, name)
        }
    }

    private mutating func apply(_ command: QueueCommand, to queue: inout Queue, _ name: String) -> [String] {
        switch command {
        case .enqueue(_, let jobs): return queue.enqueue(jobs, now: now)
        case .join(_, let worker, let lease):
            if queue.leases[worker] == nil { queue.leases[worker] = now + lease }
            return []
        case .extend(_, let worker, let lease): return queue.extend(worker, until: now + lease, now: now)
        case .leave(_, let worker):
            queue.leases[worker] = queue.running[worker] == nil ? nil : 0
            return []
        case .fetch(_, let worker, let limit): return fetch(&queue, name, worker, limit)
        case .wakeUp:
            queue.wake = max(0, queue.wake - 1)
            return []
        case .retry(_, let worker, let id, let delay):
            return retry(&queue, Hold(queue: name, worker: worker, id: id), delay)
        case .postpone(_, let worker, let id, let delay):
            return postpone(&queue, Hold(queue: name, worker: worker, id: id), delay)
        case .deadLetter(_, let worker, let id): return deadLetter(&queue, Hold(queue: name, worker: worker, id: id))
        case .cancel(_, let id): return [queue.cancel(id, now: now).rawValue]
        case .promote: return ["\(queue.promote(now: now))"]
        case .rescue(_, let maxCrashes): return queue.rescue(maxCrashes: maxCrashes, now: now)
        case .requeue(_, let ids): return ["\(queue.requeue(ids, now: now))"]
        case .discard(_, let ids): return ["\(queue.discard(ids))"]
        case .pause(_, let duration):
            queue.meta["paused_until"] = duration.map { "\(now + $0)" } ?? "0"
            queue.meta["paused_reason"] = "r"
            return []
        case .resume: return ["\(queue.resume())"]
        case .sweep(_, let retention): return ["\(queue.sweep(before: now - retention))"]
        case .announce(_, let epoch): return ["\(queue.raise(to: epoch) <= epoch)"]
        case .baseline(_, let entry, let at, let epoch): return queue.baseline(of: entry, at: at, epoch: epoch)
        case .tick(_, let entry, let nominal, let epoch, let skips, let job):
            return [queue.tick(entry, nominal, epoch: epoch, skips: skips, job, now: now).rawValue]
        case .advance, .lead, .resign, .lapse, .acknowledge: return []
        }
    }

    private mutating func lead(_ holder: String) -> String {
        if leader == nil {
            epochs += 1
            leader = (epochs, holder)
        }
        guard let leader, leader.holder == holder else { return "none" }
        return "\(leader.epoch)"
    }
}
