/// The findings of `QueueAuditor` in the engine's keys.
public struct AuditReport: Sendable, Equatable {
    /// Findings that a second, atomic read confirmed; at most `findingLimit`.
    public internal(set) var findings: [AuditFinding] = []
    /// Findings that are left out because there are too many.
    public internal(set) var omitted = 0
    /// How many queues were audited.
    public internal(set) var queues = 0
    /// Records that were read.
    public internal(set) var jobs = 0
    /// Jobs that looked wrong in the pass and right in the second read: they moved meanwhile.
    public internal(set) var moved = 0
    /// Checks that could not be made, and why: one sentence each.
    public internal(set) var untold: [String] = []

    /// Whether no rule was found broken. True also when some checks could not be made: see `untold`.
    public var isClean: Bool { findings.isEmpty }

    static let findingLimit = 1_000

    mutating func add(_ rule: AuditRule, queue: QueueName? = nil, id: String? = nil, seen: String) {
        guard findings.count < Self.findingLimit else {
            omitted += 1
            return
        }
        findings.append(AuditFinding(rule: rule, queue: queue?.description, id: id, seen: seen))
    }
}

/// One broken rule.
public struct AuditFinding: Sendable, Equatable {
    /// Which rule is broken; its raw value is the word that the command line prints.
    public let rule: AuditRule
    /// Nil for what belongs to no queue.
    public let queue: String?
    /// The job, worker, tick or key of the finding.
    public let id: String?
    /// The content of Redis that breaks the rule.
    public let seen: String

    /// What an operator can do about it.
    public var remedy: String { rule.remedy }
}

/// The invariants that hold in Redis at any moment between two scripts.
public enum AuditRule: String, Sendable, CaseIterable {
    /// A job that has a record stands in a place.
    case lost
    /// It stands in one place only, and there once.
    case twofold
    /// Every id in a place has a record.
    case recordless = "no-record"
    /// The state code of the record fits the place.
    case stateCode = "mark"
    /// Every record can be read.
    case unreadable
    /// A claim is `<fence> <start>[ cancel]` with a fence that the queue has handed out.
    case claim
    /// A worker with claims has a lease.
    case orphan
    /// There are as many records as jobs in all places.
    case sum
    /// The counters agree with one another and with the places.
    case counters
    /// At most 64 wake-ups wait.
    case wake
    /// A tick is remembered by its own time, and its entry's last time is not before it.
    case tick
    /// No queue knows a greater epoch than the scheduler's own.
    case epoch
    /// A queue that has jobs is in the list of queues.
    case unlisted
    /// Concurrency slots, parked jobs and their index agree.
    case links
    /// Every key has a name and a type of this layout.
    case key

    var remedy: String {
        switch self {
        case .lost: "Enqueue its kind and arguments again under a new id; 'flotilla jobs show' prints them."
        case .twofold: "Look which place is right with 'flotilla jobs show'; take it out of the other with redis-cli."
        case .recordless: "Nothing can run without its record: take it out of the place with redis-cli."
        case .stateCode: "The place decides what happens to the job: cancel it if it must not run, else leave it."
        case .unreadable: "Start workers of the version that wrote it; discard it if there is none."
        case .claim: "Stop the worker that holds it; the job is rescued when its lease ends."
        case .orphan: "Give the worker a lease that was given up (ZADD of 0), and its jobs are rescued."
        case .sum: "Run the audit again; if it says the same, keep a copy of Redis' data and report it."
        case .counters: "Jobs are safe, figures are wrong: set the counter with redis-cli if they matter."
        case .wake: "Delete the list; idle workers look for themselves every few seconds."
        case .tick: "Remove the tick from the zset; the entry's last time alone keeps ticks from being repeated."
        case .epoch: "Set the scheduler's epoch to the greater number, else no scheduler can enqueue there."
        case .unlisted: "SADD its name to the list of queues, else nobody promotes or rescues its jobs."
        case .links:
            "Take the entry out of the queue's links with redis-cli, and cancel a job that has no batch; the entries "
                + "of aside must stay."
        case .key: "Flotilla does not use it: find out who wrote it, and delete or rename it."
        }
    }
}
