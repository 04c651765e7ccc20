public import Redis

/// Every Redis key and channel of the engine, in one namespace. The braces are a hash tag: all keys of one queue live
/// in one slot of a cluster. A `Broker` uses the namespace of its client: `broker.keyspace`.
///
/// | key | type | holds | lives |
/// | --- | --- | --- | --- |
/// | `…{q}:jobs` | hash | job id → record (`JobEnvelope`) | while the job is remembered |
/// | `…{q}:ready` | list | ids of ready jobs, oldest first | while any is ready |
/// | `…{q}:ranked` | zset | ready jobs of another priority than 0, by minus priority | the same |
/// | `…{q}:scheduled`, `…{q}:retrying` | zset | job id → due time | the same |
/// | `…{q}:dead` | zset | job id → time of death | until an operator decides |
/// | `…{q}:done` | list | ids of finished jobs, newest first | capped by number and age |
/// | `…{q}:running:<worker>` | hash | job id → fence, start, cancel flag | while the worker runs any |
/// | `…{q}:leases` | zset | worker → lease expiry | while any worker serves the queue |
/// | `…{q}:vanished` | zset | workers that lost leases and have not come back → since when | a day |
/// | `…{q}:meta` | hash | fence, epoch, pause, counters, canaries, last tick of each entry | for good |
/// | `…{q}:ticks` | zset | tick that enqueued jobs → nominal time | two days, and the newest 20 000 |
/// | `…{q}:entries` | hash | of each schedule entry: live jobs, failures, pauses; see tick.lua | while it has any |
/// | `…{q}:history:<entry>` | list | the results of its ticks, newest first, JSON | the last 1000 |
/// | `…{q}:wake` | list | wake-ups for idle workers, at most 64 | one minute |
/// | `…{q}:links` | hash | job locks: unique keys, concurrency slots; see queue.lua | while jobs hold any |
/// | `…{q}:aside` | zset | parked jobs, and those that wait for children, by reason | while any is |
/// | `…{q}:fuses` | hash | fuses, and the release of their jobs; see fuse.lua | while there is any |
/// | `…{q}:batch:<id>` | hash | children of a waiting job and how they ended | while it waits |
/// | `…{q}:notices` | list | completions of children that their parent has not counted yet | moments |
/// | `…{q}:expiring` | zset | unique keys that are kept after their job finished, by their time | until then |
/// | `…{q}:bin` | zset | what operators removed or moved: `<operation> <number> <job id>` | a day |
/// | `…{q}:binned` | hash | the same → the job as it was, JSON; see bin.lua | a day |
/// | `…limit:{name}` | hash | a token bucket | until it is full again, and a minute |
/// | `…limit-set:{name}` | hash | rate and burst that operators have set | until it is reset |
/// | `…circuit:{name}` | hash | failures of a dependency, its phase | a day or less |
/// | `…{orders}:gate` | hash | halts of orders, and the hold after an unclean stop; see gate.lua | for good |
/// | `…{scheduler}:leader`, `:epoch` | string | leader and expiry; number of elections | a minute longer; for good |
/// | `…{scheduler}:resigned` | string | epoch of the last leadership that ended in order | for good |
/// | `…{scheduler}:schedulers` | hash | scheduler → heartbeat, skew, file; the version that runs | a minute |
/// | `…{scheduler}:number`, `:versions` | string, list | the active schedule; the last 50 texts | for good |
/// | `…{scheduler}:texts` | zset | digests of older texts → number of their version | the newest 10 000 |
/// | `…{fleet}:desired` | hash | pool → processes that operators have set | until it is taken back |
/// | `…{fleet}:automatic` | hash | pool → processes that autoscaling has set | for good |
/// | `…{fleet}:hosts` | hash | host → time of its heartbeat and its report, JSON | a minute |
/// | `…{fleet}:roll` | string | number of rolling restarts that were asked for | for good |
/// | `…{fleet}:orders` | hash | worker → what it was told: quiet, run, stop | a day |
/// | `…queues` | set | names of the queues | for good |
/// | `…workers`, `…worker:<id>` | zset, hash | live workers; what each does | a minute after its heartbeat |
/// | `…left` | hash | pool → when a worker of it was gone last, unix ms | a day |
/// | `…attempts` | hash | how attempts ended and how long they took, by kind; see `AttemptTotals` | for good |
/// | `…ledgers` | hash | process → which database it writes to, JSON | a day |
/// | `…operations:{tag}` | list | what operators changed at a queue, limit, circuit, schedule or bot | the last 1000 |
/// | `…bulk:{runs}:<id>` | hash | a change of many jobs: who, what, how far; see bulk_step.lua | a day |
/// | `…bridge:<name>` | any | what a bridge to another program keeps; see `CeleryKeys` | by its own rule |
/// | `…bridge:oversize:<job>` | string | a message that is too long for a job | a week |
/// | `…maintenance` | string | which worker promotes and rescues at present | seconds |
///
/// Three properties have older stored names (`locks`, `parked`, `completions`): with new stored names, workers of a
/// newer program would not find the jobs of a running fleet.
public struct QueueKeys: Sendable {
    /// The prefix of the keys of every layout.
    let family: String
    /// The number is the version of the layout: another layout never reads these keys.
    public let prefix: String

    /// Keys of the whole fleet; the table above says what each holds. `left`: pool → time of its last loss, unix ms.
    public let queues, workers, left, ledgers, attempts, maintenance: String
    /// The gate of orders: see `OrderGate`.
    public let orderGate: String
    /// A channel, not a key: messages `<queue> <job id>` that cancel a running job. Redis channels span all databases,
    /// so the name holds the database number.
    public let cancellations: String
    /// The channel for changes that concern the whole fleet: `schedule <version>` or `queue <name>`.
    public let changes: String
    /// Keys of the scheduler, all in the slot of the hash tag `{scheduler}`, so that one script may use several.
    public let leader, epoch, resigned, scheduleNumber, schedulers, scheduleVersions, scheduleTexts: String
    /// Keys of the hosts and pools, all in the slot of the hash tag `{fleet}`.
    let automatic, hosts, roll, workerOrders: String
    /// Processes that operators have set; with those, in the slot of `{fleet}`.
    public let desired: String

    /// - Parameters:
    ///   - namespace: the prefix of every name.
    ///   - database: the number of the database, for the channels.
    public init(_ namespace: RedisNamespace = .standard, database: Int = 0) {
        family = "\(namespace):"
        prefix = family + "1:"
        queues = prefix + "queues"
        workers = prefix + "workers"
        left = prefix + "left"
        ledgers = prefix + "ledgers"
        attempts = prefix + "attempts"
        maintenance = prefix + "maintenance"
        orderGate = prefix + "{orders}:gate"
        cancellations = "\(prefix)\(database):cancellations"
        changes = "\(prefix)\(database):changes"
        leader = prefix + "{scheduler}:leader"
        epoch = prefix + "{scheduler}:epoch"
        resigned = prefix + "{scheduler}:resigned"
        scheduleNumber = prefix + "{scheduler}:number"
        schedulers = prefix + "{scheduler}:schedulers"
        scheduleVersions = prefix + "{scheduler}:versions"
        scheduleTexts = prefix + "{scheduler}:texts"
        desired = prefix + "{fleet}:desired"
        automatic = prefix + "{fleet}:automatic"
        hosts = prefix + "{fleet}:hosts"
        roll = prefix + "{fleet}:roll"
        workerOrders = prefix + "{fleet}:orders"
    }

    /// The keys of one queue.
    public func of(_ queue: QueueName) -> KeysOfQueue { KeysOfQueue(queue, prefix: prefix) }

    /// The operator log of what is changed at the keys of one hash tag, such as a queue.
    func operations(_ tag: String) -> String { "\(prefix)operations:{\(tag)}" }
    /// What operators changed at the keys of one hash tag, as it was before; see `KeysOfQueue.bin`.
    func bin(_ tag: String) -> (bin: String, binned: String) { ("\(prefix){\(tag)}:bin", "\(prefix){\(tag)}:binned") }
    /// The wake-ups of the queue that a hash tag belongs to; for other tags a key that is never written.
    func wake(_ tag: String) -> String { "\(prefix){\(tag)}:wake" }
    /// Matches those of all tags; the prefix holds no character that a pattern knows but those of a namespace.
    var operationsPattern: String { "\(prefix)operations:*" }

    /// The hash of a bulk operation; an empty id gives what all of them begin with.
    func bulk(_ id: String) -> String { "\(prefix)bulk:{runs}:\(id)" }

    /// What a bridge to another program keeps; an empty name gives what all of them begin with.
    package func bridge(_ name: String) -> String { "\(prefix)bridge:\(name)" }

    /// The hash of one token bucket.
    /// - Parameter name: the limit's name in the schedule file.
    public func limit(_ name: String) -> String { "\(prefix)limit:{\(name)}" }
    /// The hash with the rate and burst that operators have set for a limit.
    public func limitSetting(_ name: String) -> String { "\(prefix)limit-set:{\(name)}" }
    /// The hash of one circuit: failures and phase.
    public func circuit(_ name: String) -> String { "\(prefix)circuit:{\(name)}" }
    /// The hash with the last report of one worker.
    public func worker(_ id: WorkerID) -> String { "\(prefix)worker:\(id)" }
}

/// The keys of one queue, spelled once.
public struct KeysOfQueue: Sendable {
    /// Keys by the table at `QueueKeys`; all begin with `{queue}` and lie in one slot.
    public let jobs, ready, ranked, scheduled, retrying, dead, done, leases, meta, ticks, wake: String
    /// `locks`, `parked` and `completions` are stored under older names: `links`, `aside` and `notices`.
    public let locks, parked, completions, expiring, entries, vanished: String
    /// The fuses of the queue: see `Fuse`.
    public let fuses: String
    /// What operators removed or moved within the last day, as it was before.
    public let bin, binned: String
    /// The thirteen that queue.lua takes as a block, in its order.
    package let block: [String]
    private let base: String

    fileprivate init(_ queue: QueueName, prefix: String) {
        base = "\(prefix){\(queue)}:"
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
        locks = base + "links"
        parked = base + "aside"
        completions = base + "notices"
        expiring = base + "expiring"
        entries = base + "entries"
        vanished = base + "vanished"
        fuses = base + "fuses"
        bin = base + "bin"
        binned = base + "binned"
        block = [
            jobs, ready, ranked, scheduled, retrying, dead, done, meta, wake, locks, parked, completions, expiring,
        ]
    }

    /// The hash of the claims that one worker holds in this queue.
    public func running(_ worker: WorkerID) -> String { "\(base)running:\(worker)" }
    /// - Parameter entry: of the schedule.
    public func history(_ entry: String) -> String { "\(base)history:\(entry)" }
    package func batch(_ id: JobID) -> String { "\(base)batch:\(id)" }
}
