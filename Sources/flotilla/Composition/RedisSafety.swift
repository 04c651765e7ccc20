import Documents
import Redis

/// Whether a Redis server is safe enough for orders; pure, computed from the server's INFO and CONFIG.
///
/// It fails closed: a missing fact that safety depends on counts as a danger.
struct RedisSafety: Sendable, Equatable {
    /// The topics of the checks; `doctor` shows the raw value.
    enum Topic: String, CaseIterable, Sendable {
        case role, loading, eviction, persistence, memory
    }

    /// One sentence with the finding, one with the remedy.
    struct Finding: Sendable, Equatable {
        let topic: Topic
        /// Without a full stop, beginning in lower case, as `doctor` shows it.
        let seen: String
        let remedy: String

        var sentences: String { "\(seen). \(remedy)" }
    }

    /// Findings that may each lose an order, or cause one to be placed twice.
    private(set) var dangers: [Finding] = []
    /// Findings that work now and will cause trouble later.
    private(set) var warnings: [Finding] = []

    var isSafe: Bool { dangers.isEmpty }

    init(_ facts: ServerInfo) {
        judgeRole(facts)
        if facts.isLoading == true {
            danger(.loading, "Redis still reads its data from disk", "Wait until it has; its log shows how far it is.")
        }
        judgeEviction(facts)
        judgePersistence(facts)
        judgeMemory(facts)
    }

    /// For a server that refuses the commands of the check.
    init(unknownBecause error: RedisError) {
        danger(
            .role, "Redis does not say whether it is safe: \(error.description.trimmed)",
            "Let the fleet's user run INFO, as ops/redis/flotilla.acl does.")
    }

    private mutating func danger(_ topic: Topic, _ seen: String, _ remedy: String) {
        dangers.append(Finding(topic: topic, seen: seen, remedy: remedy))
    }

    private mutating func warn(_ topic: Topic, _ seen: String, _ remedy: String) {
        warnings.append(Finding(topic: topic, seen: seen, remedy: remedy))
    }

    private mutating func judgeRole(_ facts: ServerInfo) {
        switch facts.role {
        case .primary: break
        case .replica:
            let primary = facts.primary.map { " of \($0)" } ?? ""
            danger(.role, "this server is a replica\(primary)", "Set REDIS_URL to the primary.")
        case nil:
            danger(
                .role, "this server does not say whether it is a primary",
                "Use a Redis whose INFO tells the role; a proxy may hide it.")
        }
    }

    /// Without a limit Redis evicts no keys, but after one CONFIG SET maxmemory it would.
    private mutating func judgeEviction(_ facts: ServerInfo) {
        let remedy = "redis-cli CONFIG SET maxmemory-policy noeviction, and the same in redis.conf."
        switch facts.evictionPolicy {
        case "noeviction": break
        case let policy?:
            let when = facts.maxMemory == 0 ? "as soon as a maxmemory is set and reached" : "short of memory"
            danger(
                .eviction, "policy \(policy): \(when), Redis deletes keys, and with them orders to be placed", remedy)
        case nil: danger(.eviction, "this server does not say what it evicts", remedy)
        }
        if let count = facts.evictedKeys, count > 0 {
            warn(
                .eviction, "\(count) keys were deleted for want of memory since Redis started",
                "Look for what is missing with 'flotilla doctor --audit'.")
        }
    }

    private static let fullDisk = "Look into Redis' log; is its disk full?"

    private mutating func judgePersistence(_ facts: ServerInfo) {
        if facts.appendOnly == true {
            if facts.lastAppendSucceeded == false {
                danger(.persistence, "the last write to the append-only file failed", Self.fullDisk)
            }
            if facts.appendFsync == "no" {
                warn(
                    .persistence, "appendfsync no: a crash of the machine loses the jobs of up to half a minute",
                    "redis-cli CONFIG SET appendfsync everysec, and the same in redis.conf.")
            }
            return
        }
        if facts.lastSnapshotSucceeded == false {
            danger(.persistence, "the last snapshot failed, and Redis may refuse writes", Self.fullDisk)
        }
        let remedy = "redis-cli CONFIG SET appendonly yes, and the same in redis.conf."
        if facts.snapshotRule == "" {
            warn(.persistence, "none: a restart of Redis loses all jobs", remedy)
        } else {
            warn(.persistence, "snapshots only: a crash loses the jobs since the last one", remedy)
        }
    }

    /// Compares with `maxmemory`, or without one with the memory of the machine, at which the kernel kills Redis.
    private mutating func judgeMemory(_ facts: ServerInfo) {
        guard let used = facts.usedMemory, let share = facts.memoryShare else { return }
        let seen = "\(Shown.bytes(used)) used of \(facts.shownMemory)"
        let remedy = "Raise maxmemory or drain the queues: a full Redis refuses new jobs."
        if share > 0.95 { danger(.memory, seen, remedy) } else if share >= 0.8 { warn(.memory, seen, remedy) }
    }

    /// Why this server cannot prove that a job is on disk; nil when it can.
    /// - Parameter queues: those that demand it; with none there is nothing to prove.
    static func unproved(_ queues: [String], _ facts: ServerInfo) -> (seen: String, remedy: String)? {
        guard !queues.isEmpty else { return nil }
        let asked = "\(queues.joined(separator: ", ")): durability is fsync"
        guard facts.appendOnly == true else {
            return (
                "\(asked), and Redis keeps no append-only file",
                "redis-cli CONFIG SET appendonly yes, and appendfsync always before Redis 7.2; the same in redis.conf."
            )
        }
        if facts.canWaitForDisk { return nil }
        switch facts.appendFsync {
        case "always": return nil
        case let rule?:
            return (
                "\(asked), and Redis \(facts.version ?? "of unknown version") with appendfsync \(rule) cannot prove it",
                "redis-cli CONFIG SET appendfsync always, and the same in redis.conf; or install Redis 7.2 or newer."
            )
        case nil:
            return (
                "\(asked), and Redis lets nobody read appendfsync",
                "Grant the fleet's user CONFIG GET (ACL SETUSER flotilla +config|get), or install Redis 7.2 or newer."
            )
        }
    }
}

extension ServerInfo {
    /// The memory limit that usage is compared with, for display.
    var shownMemory: String {
        if let limit = maxMemory, limit > 0 { return Shown.bytes(limit) }
        return machineMemory.map { "\(Shown.bytes($0)) in the machine, no maxmemory" } ?? "an unknown amount"
    }

    /// The share of the limit in use, 0 to 1 and above; nil when no limit is known.
    fileprivate var memoryShare: Double? {
        let most = maxMemory.flatMap { $0 > 0 ? $0 : nil } ?? machineMemory
        guard let used = usedMemory, let most, most > 0 else { return nil }
        return Double(used) / Double(most)
    }

    /// Whether the server is of at least this version; false when its version is not known.
    func isAtLeast(_ major: Int, _ minor: Int) -> Bool {
        let numbers = (version ?? "").split(separator: ".").compactMap { Int($0) }
        return numbers.count >= 2 && (numbers[0], numbers[1]) >= (major, minor)
    }

    /// WAITAOF came with Redis 7.2.
    fileprivate var canWaitForDisk: Bool { isAtLeast(7, 2) }
}

extension String {
    /// Without its last full stop.
    fileprivate var trimmed: String { hasSuffix(".") ? String(dropLast()) : self }
}
