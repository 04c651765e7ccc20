/// Every Redis key of the engine. The braces are a hash tag: all keys of one queue live in one slot of a cluster.
///
/// | key | type | holds | lives |
/// | --- | --- | --- | --- |
/// | `…{q}:jobs` | hash | job id → record (`JobEnvelope`) | while the job is remembered |
/// | `…{q}:ready` | list | ids of ready jobs, oldest first | while any is ready |
/// | `…{q}:ranked` | zset | ready jobs of another priority than 0, by minus priority | the same |
/// | `…{q}:scheduled`, `…{q}:retrying` | zset | job id → due time | the same |
/// | `…{q}:dead` | zset | job id → time of death | until a person decides |
/// | `…{q}:done` | list | ids of finished jobs, newest first | capped by number and age |
/// | `…{q}:running:<worker>` | hash | job id → fence, start, cancel flag | while the worker runs any |
/// | `…{q}:leases` | zset | worker → lease expiry | while any worker serves the queue |
/// | `…{q}:meta` | hash | fence, epoch, pause, counters, last tick of each entry | for good |
/// | `…{q}:ticks` | zset | tick id → nominal time | two days |
/// | `…{q}:wake` | list | wake-up calls for idle workers, at most 64 | one minute |
/// | `…limit:{name}` | hash | a token bucket | until it is full again, and a minute |
/// | `…limit-set:{name}` | hash | rate and burst that operators have set | until it is reset |
/// | `…{scheduler}:leader`, `:epoch` | string | who leads the schedule; how many led | its lease; for good |
/// | `…queues` | set | names of the queues | for good |
/// | `…workers`, `…worker:<id>` | zset, hash | live workers; what each does | a minute after its heartbeat |
/// | `…maintenance` | string | which worker promotes and rescues at present | seconds |
public enum QueueKeys {
    /// What the keys of every layout begin with.
    static let family = "flotilla:"
    /// The number is the version of the layout: another layout never reads these keys.
    static let prefix = family + "1:"

    public static let queues = prefix + "queues"
    public static let workers = prefix + "workers"
    public static let maintenance = prefix + "maintenance"
    public static let leader = prefix + "{scheduler}:leader"
    public static let epoch = prefix + "{scheduler}:epoch"

    public static func limit(_ name: String) -> String { "\(prefix)limit:{\(name)}" }
    public static func limitSetting(_ name: String) -> String { "\(prefix)limit-set:{\(name)}" }
    public static func worker(_ id: WorkerID) -> String { "\(prefix)worker:\(id)" }
}

/// The keys of one queue, spelled once.
public struct KeysOfQueue: Sendable {
    public let jobs, ready, ranked, scheduled, retrying, dead, done, leases, meta, ticks, wake: String
    private let base: String

    public init(_ queue: QueueName) {
        base = "\(QueueKeys.prefix){\(queue)}:"
        jobs = base + "jobs"
        ready = base + "ready"
        ranked = base + "ranked"
        scheduled = base + "scheduled"
        retrying = base + "retrying"
        dead = base + "dead"
        done = base + "done"
        leases = base + "leases"
        meta = base + "meta"
        ticks = base + "ticks"
        wake = base + "wake"
    }

    public func running(_ worker: WorkerID) -> String { "\(base)running:\(worker)" }

    /// What `enqueue.lua` and the children of `acknowledge.lua` write to, in their order.
    var intake: [String] { [jobs, ready, ranked, scheduled, wake, meta] }
}
