@testable import JobQueue

/// One step of a sequence. Everything it needs is in it, so that a sequence can be replayed and shortened.
///
/// Times are milliseconds; delays count from the moment of the step, and 0 or less means now.
enum QueueCommand: Equatable, Sendable {
    struct Job: Equatable, Sendable {
        var id: String
        var priority = 0
        var delay: Int64 = 0
        var unique: String?
        /// How long its unique key is kept.
        var uniqueFor: Int64?
        var coalesces = false
        var cap: String?
        var concurrencyLimit: Int?
    }

    struct Child: Equatable, Sendable {
        var queue: String
        var job: Job
    }

    struct Ended: Equatable, Sendable {
        var id: String
        var stateCode = JobEnvelope.StateCode.succeeded
        var children: [Child] = []
        /// Set to wait for the children.
        var plan: BatchPlan.OnFailure?
        var then: Child?

        var isWaiting: Bool { stateCode == .succeeded && plan != nil && !children.isEmpty }
    }

    case advance(Int64)
    case enqueue(String, [Job])
    case join(String, worker: String, lease: Int64)
    case extend(String, worker: String, lease: Int64)
    case leave(String, worker: String)
    case fetch(String, worker: String, limit: Int, crashed: Bool)
    case fetchParked(String, worker: String, gate: String, limit: Int)
    /// An idle worker takes a wake-up.
    case wakeUp(String)
    case acknowledge(String, worker: String, [Ended])
    case retry(String, worker: String, id: String, delay: Int64)
    case postpone(String, worker: String, id: String, delay: Int64)
    case park(String, worker: String, id: String, gate: String)
    case deadLetter(String, worker: String, id: String)
    case cancel(String, id: String)
    case promote(String)
    case rescue(String, maxCrashes: Int)
    case seeDeath(String, worker: String, maxCrashes: Int)
    case judge(String, maxCrashes: Int)
    case clampLeases(String)
    case deliverChildCompletions(String)
    case admitHeld(String)
    case requeue(String, [String])
    case discard(String, [String])
    case replaceDead(String, id: String, with: Child)
    case purge(String)
    case configure(String, most: Int?, QueueSettings.WhenFull)
    case pause(String, duration: Int64?)
    case resume(String)
    case sweep(String, retention: Int64)
    case lead(String)
    case resign(String)
    /// The leader's lease ends.
    case lapse
    case announce(String, epoch: Int)
    case baseline(String, entry: String, at: Int64, epoch: Int)
    case tick(String, entry: String, nominal: Int64, epoch: Int, skips: Bool, Job?)
}

extension QueueCommand.Job {
    /// The job as a producer gives it to the broker at that time.
    func new(in queue: String, now: Int64) throws -> NewJob {
        var new = NewJob(
            id: try JobID(id), kind: JobKind(unchecked: "k"), queue: try QueueName(queue),
            payload: try JobPayload(json: payload))
        new.priority = priority
        new.start = delay == 0 ? .now : .at(milliseconds: due(now: now))
        new.options = options(now: now)
        return new
    }

    func options(now: Int64) -> JobOptions {
        var options = JobOptions()
        options.uniqueKey = unique
        options.uniqueUntilMilliseconds = uniqueFor.map { now + $0 }
        options.coalesces = coalesces ? true : nil
        options.concurrencyKey = cap
        options.concurrencyLimit = concurrencyLimit
        return options
    }

    /// Unix milliseconds; 0 for now.
    func due(now: Int64) -> Int64 { delay == 0 ? 0 : now + delay }

    /// Every job has another, so that it shows which one a record does now.
    var payload: String { "\"\(id)\"" }
}

/// As Swift text, so that a sequence from a report can be put into a test.
extension QueueCommand.Job: CustomStringConvertible {
    var description: String {
        var parts = ["id: \"\(id)\"", "priority: \(priority)", "delay: \(delay)"]
        if let unique { parts.append("unique: \"\(unique)\"") }
        if let uniqueFor { parts.append("uniqueFor: \(uniqueFor)") }
        if coalesces { parts.append("coalesces: true") }
        if let cap { parts.append("cap: \"\(cap)\"") }
        if let concurrencyLimit { parts.append("concurrencyLimit: \(concurrencyLimit)") }
        return ".init(\(parts.joined(separator: ", ")))"
    }
}

extension QueueCommand.Child: CustomStringConvertible {
    var description: String { ".init(queue: \"\(queue)\", job: \(job))" }
}

extension QueueCommand.Ended: CustomStringConvertible {
    var description: String {
        let name = "\(stateCode)".split(separator: ".").last ?? ""
        let waiting = plan.map { ", plan: .\($0), then: \(then.map { "\($0)" } ?? "nil")" } ?? ""
        return ".init(id: \"\(id)\", stateCode: .\(name), children: \(children)\(waiting))"
    }
}
