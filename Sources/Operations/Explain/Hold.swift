public import Documents
import JobQueue

/// One thing that keeps jobs from running, with what will change that.
public struct Hold: Sendable, Equatable {
    /// In documents it stands as its raw value.
    public enum Cause: String, Sendable {
        /// The queue; by an operator or a program.
        case paused
        /// No live worker serves the queue.
        case unserved
        /// The circuit of the queue lets no job through, or few.
        case circuit
        /// A token bucket is empty or closed.
        case limit
        /// Redis may lose what it has acknowledged, so no orders are taken.
        case unsafeRedis = "unsafe-redis"
        /// An operator has halted buys or all orders.
        case halted
        /// Orders wait for a clean reconciliation after an unclean stop.
        case held
        /// Every slot of the workers that serve the queue is taken.
        case busy
        /// As many jobs of a concurrency key run as may.
        case concurrencyKey = "concurrency-key"
        /// No live worker that serves the queue knows the kind.
        case unknownKind = "unknown-kind"
        /// A fuse that an operator has set.
        case fuse
        /// The children of a job have not all ended.
        case children
        /// Handed out one by one, because a worker died with them.
        case crashed
        /// A handler put it off without spending an attempt.
        case postponed
        /// Enqueued for a time that has not come.
        case dueLater = "due-later"
        /// The pause before the next attempt has not passed.
        case retrying
        /// Other jobs of the queue are taken first.
        case inLine = "in-line"
    }

    public let cause: Cause
    /// Of the circuit, limit, concurrency key or kind; nil for any other.
    public internal(set) var name: String?
    let queue: String
    /// How many jobs it holds.
    public let count: Int
    /// Since when and until when, unix ms, as far as that is known.
    var since: Int64?
    var until: Int64?
    /// The reason given by an operator or a program; empty when none was given.
    public internal(set) var reason = ""
    /// Whether a kind that no worker knows is one for tests.
    var isOfTestKind = false

    /// As `status`, `queues list` and `jobs show` show it.
    public var document: HoldDocument {
        HoldDocument(cause: cause.rawValue, name: name, count: count, since: since, until: until, reason: reason)
    }

    /// Whether all ready jobs of the queue stand still because of it: what a table says of the queue in few words.
    public var stopsQueue: Bool {
        switch cause {
        case .paused, .unserved, .circuit, .limit, .unsafeRedis, .halted, .held, .busy: true
        case .concurrencyKey, .unknownKind, .fuse, .children, .crashed, .postponed, .dueLater, .retrying, .inLine: false
        }
    }

    /// Whether it is in the nature of the jobs: nothing that a person would want to change.
    public var isOrdinary: Bool {
        switch cause {
        case .dueLater, .retrying, .children, .busy, .inLine: true
        case .paused, .unserved, .circuit, .limit, .unsafeRedis, .halted, .held, .concurrencyKey, .unknownKind,
            .fuse, .crashed, .postponed:
            false
        }
    }
}

/// In words.
extension Hold {
    /// Two or three words for a column.
    func shortText(at now: Int64) -> String {
        let left = until.map { " for \(Shown.age(milliseconds: $0 - now))" } ?? ""
        switch cause {
        case .paused: return "paused" + left + (reason.isEmpty ? "" : ": " + Shown.line(reason))
        case .unserved: return "no worker serves it"
        case .circuit: return "circuit \(name ?? "") \(reason)" + left
        case .limit: return "limit \(name ?? "") empty" + left
        case .unsafeRedis: return "Redis is not safe for orders"
        case .halted: return "halted" + left
        case .held: return "held until a clean reconciliation"
        case .busy: return "all slots taken"
        case .concurrencyKey, .unknownKind, .fuse, .children, .crashed, .postponed, .dueLater, .retrying, .inLine:
            return cause.rawValue
        }
    }

    /// One sentence without its full stop.
    /// - Parameters:
    ///   - now: unix milliseconds, by Redis' clock.
    ///   - jobs: what waits, such as `3 jobs of 'market'` or `the job`.
    public func sentence(at now: Int64, jobs: String? = nil) -> String {
        let some = jobs ?? "\(count) \(count == 1 ? "job" : "jobs") of '\(queue)'"
        let start = "\(some) \(jobs == nil && count != 1 ? "wait" : "waits")"
        let why = reason.isEmpty ? "" : ": " + Shown.line(reason, 200)
        let (their, each) = jobs == nil && count != 1 ? ("their", "each") : ("its", "it")
        switch cause {
        case .paused: return "\(start): queue '\(queue)' is paused\(span(at: now))\(why)"
        case .unserved: return "\(start)\(span(at: now)): no live worker serves queue '\(queue)'"
        case .circuit: return "\(start): circuit '\(name ?? "")' is \(reason)\(span(at: now))"
        case .limit: return "\(start) for tokens of limit '\(name ?? "")'\(span(at: now))\(why)"
        case .unsafeRedis: return "\(start): Redis is not safe for orders\(why)"
        case .halted, .held: return "\(start)\(span(at: now))\(why)"
        case .busy: return "\(start): all slots of the workers that serve queue '\(queue)' are taken"
        case .concurrencyKey:
            return "\(start) for concurrency key '\(name ?? "")'\(span(at: now)): as many jobs of it run as may"
        case .unknownKind:
            return "\(start) for a worker that knows kind '\(name ?? "")'\(span(at: now)): no live one serves queue "
                + "'\(queue)' and knows it"
        case .fuse: return "\(start): fuse '\(name ?? "")' keeps \(each) from running\(span(at: now))\(why)"
        case .children: return "\(start) for \(their) children to end\(span(at: now))"
        case .crashed: return "\(start): a worker died with \(each), and such jobs are handed out one by one"
        case .postponed: return "\(start)\(span(at: now))\(why)"
        case .dueLater: return "\(start) for \(their) time\(next(at: now))"
        case .retrying: return "\(start) for the next attempt\(next(at: now))"
        case .inLine: return "\(start) in line: \(reason)"
        }
    }

    /// Why a job does not run, of its holds: the first that a person may want to change; nil for none.
    /// - Parameter now: unix milliseconds, by Redis' clock.
    public static func reason(_ holds: [Hold], at now: Int64) -> String? {
        holds.first { !$0.isOrdinary }.map { $0.sentence(at: now, jobs: "it") }
    }

    /// What a person can do about it; nil when it passes by itself.
    public var remedy: String? {
        switch cause {
        case .paused: "Let it go on with: flotilla queues resume \(queue)"
        case .unserved: "Put it into a pool of the schedule file, or start 'flotilla worker --queues \(queue)'."
        case .circuit: "It closes when a trial succeeds; at once with: flotilla circuits reset \(name ?? "")"
        case .unknownKind:
            if isOfTestKind {
                "Start a worker with it: flotilla worker --queues \(queue) --with-test-jobs"
            } else {
                "Start a worker of a program that has this kind, or cancel the jobs: flotilla jobs list --state parked"
            }
        case .unsafeRedis: "'flotilla doctor' says what to set."
        case .halted: OrderGate.resumption
        case .held: "A clean reconciliation releases it: one is enqueued, or comes with the schedule."
        case .fuse: until == nil ? nil : "Let them run with: flotilla fuse remove \(name ?? "")"
        case .limit, .busy, .concurrencyKey, .children, .crashed, .postponed, .dueLater, .retrying, .inLine: nil
        }
    }

    private func next(at now: Int64) -> String {
        guard let until else { return "" }
        return until <= now ? ", which has come" : ", \(count > 1 ? "the first " : "")in \(age(until - now))"
    }

    private func span(at now: Int64) -> String {
        let since = since.map { ", \(age(now - $0)) so far" } ?? ""
        let until = until.map { $0 > now ? ", \(age($0 - now)) more" : "" } ?? ""
        return since + until
    }

    private func age(_ milliseconds: Int64) -> String { Shown.age(milliseconds: max(0, milliseconds)) }
}
