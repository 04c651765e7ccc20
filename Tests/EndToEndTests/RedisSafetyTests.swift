import Testing

@testable import Redis
@testable import flotilla

/// Which servers are trusted with orders; nothing is started.
@Suite struct RedisSafetyTests {
    private static let sound = [
        "redis_version": "7.0.15", "role": "master", "loading": "0", "maxmemory": "0", "used_memory": "1000000",
        "total_system_memory": "8000000000", "maxmemory_policy": "noeviction", "evicted_keys": "0", "aof_enabled": "1",
        "aof_last_write_status": "ok", "rdb_last_bgsave_status": "ok",
    ]

    /// A server that is as it should be, but for some fields of INFO; an empty value stands for an absent one.
    private static func facts(_ changes: [String: String] = [:], settings: [String: String]? = nil) -> ServerInfo {
        let fields = sound.merging(changes) { $1 }.filter { $0.value != "" }
        return ServerInfo(
            info: fields.map { "\($0.key):\($0.value)" }.joined(separator: "\r\n"),
            settings: settings ?? ["appendfsync": "everysec", "save": ""])
    }

    @Test func `a primary that evicts nothing and keeps an append-only file is safe`() {
        let safety = RedisSafety(Self.facts())
        #expect(safety.isSafe)
        #expect(safety.dangers.isEmpty && safety.warnings.isEmpty)
        // Where CONFIG is forbidden, INFO tells all that is needed.
        let info = Self.sound.map { "\($0.key):\($0.value)" }.joined(separator: "\n")
        #expect(RedisSafety(ServerInfo(info: info, settings: nil)) == safety)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let changes: [String: String]
        let seen: String
        let remedy: String
        var testDescription: String { seen }

        init(_ changes: [String: String], _ seen: String, _ remedy: String) {
            self.changes = changes
            self.seen = seen
            self.remedy = remedy
        }
    }

    private static let noeviction = "redis-cli CONFIG SET maxmemory-policy noeviction, and the same in redis.conf."
    private static let fullDisk = "Look into Redis' log; is its disk full?"
    private static let drain = "Raise maxmemory or drain the queues: a full Redis refuses new jobs."

    @Test(arguments: [
        Case(
            ["maxmemory_policy": "allkeys-lru", "maxmemory": "104857600"],
            "policy allkeys-lru: short of memory, Redis deletes keys, and with them orders to be placed", noeviction),
        Case(
            ["maxmemory_policy": "volatile-ttl"],
            "policy volatile-ttl: as soon as a maxmemory is set and reached, Redis deletes keys, and with them orders "
                + "to be placed", noeviction),
        Case(["maxmemory_policy": ""], "this server does not say what it evicts", noeviction),
        Case(["aof_last_write_status": "err"], "the last write to the append-only file failed", fullDisk),
        Case(
            ["aof_enabled": "0", "rdb_last_bgsave_status": "err"],
            "the last snapshot failed, and Redis may refuse writes", fullDisk),
        Case(
            ["loading": "1"], "Redis still reads its data from disk",
            "Wait until it has; its log shows how far it is."),
        Case(
            ["role": "slave", "master_host": "10.0.0.7", "master_port": "6380"],
            "this server is a replica of 10.0.0.7:6380", "Set REDIS_URL to the primary."),
        Case(
            ["role": ""], "this server does not say whether it is a primary",
            "Use a Redis whose INFO tells the role; a proxy may hide it."),
        Case(["maxmemory": "104857600", "used_memory": "100000000"], "95 MiB used of 100 MiB", drain),
        Case(["used_memory": "7900000000"], "7534 MiB used of 7629 MiB in the machine, no maxmemory", drain),
    ])
    func `each danger alone makes it unsafe, and says what to do`(example: Case) {
        let safety = RedisSafety(Self.facts(example.changes))
        #expect(!safety.isSafe)
        #expect(safety.dangers.map(\.seen) == [example.seen])
        #expect(safety.dangers.map(\.remedy) == [example.remedy])
    }

    @Test(arguments: [
        Case(
            ["aof_enabled": "0"], "none: a restart of Redis loses all jobs",
            "redis-cli CONFIG SET appendonly yes, and the same in redis.conf."),
        Case(
            ["evicted_keys": "7"], "7 keys were deleted for want of memory since Redis started",
            "Look for what is missing with 'flotilla doctor --audit'."),
        Case(["maxmemory": "100", "used_memory": "95"], "0 KiB used of 0 KiB", drain),
        Case(["maxmemory": "100", "used_memory": "80"], "0 KiB used of 0 KiB", drain),
    ])
    func `what will only hurt some day is a warning`(example: Case) {
        let safety = RedisSafety(Self.facts(example.changes))
        #expect(safety.isSafe)
        #expect(safety.warnings.map(\.seen) == [example.seen])
        #expect(safety.warnings.map(\.remedy) == [example.remedy])
    }

    @Test func `snapshots are told from no file at all, and a lazy append-only file from a busy one`() {
        let off = ["aof_enabled": "0"]
        #expect(
            RedisSafety(Self.facts(off, settings: ["save": "3600 1"])).warnings.map(\.seen) == [
                "snapshots only: a crash loses the jobs since the last one"
            ])
        #expect(
            RedisSafety(Self.facts(settings: ["appendfsync": "no"])).warnings.map(\.seen) == [
                "appendfsync no: a crash of the machine loses the jobs of up to half a minute"
            ])
        // A snapshot that fails beside a sound append-only file loses nothing.
        #expect(RedisSafety(Self.facts(["rdb_last_bgsave_status": "err"])).isSafe)
    }

    @Test func `a server that may not be asked is not safe`() {
        let safety = RedisSafety(unknownBecause: .noPermission(nil, message: "NOPERM no INFO for you."))
        #expect(!safety.isSafe)
        #expect(safety.dangers[0].remedy == "Let the fleet's user run INFO, as ops/redis/flotilla.acl does.")
    }

    struct Disk: Sendable, CustomTestStringConvertible {
        let version, appendOnly: String
        let fsync: String?
        /// Words of what is wrong and of what to do; nil when the disk is proved.
        let gap: (seen: String, remedy: String)?
        var testDescription: String { "\(version) \(appendOnly) \(fsync ?? "-")" }
    }

    @Test(arguments: [
        Disk(version: "7.0.15", appendOnly: "1", fsync: "always", gap: nil),
        Disk(version: "7.2.0", appendOnly: "1", fsync: "everysec", gap: nil),
        Disk(version: "8.0.1", appendOnly: "1", fsync: nil, gap: nil),
        Disk(
            version: "7.0.15", appendOnly: "1", fsync: "everysec",
            gap: ("with appendfsync everysec cannot prove it", "CONFIG SET appendfsync always")),
        Disk(
            version: "7.0.15", appendOnly: "1", fsync: nil,
            gap: ("lets nobody read appendfsync", "ACL SETUSER flotilla +config|get")),
        Disk(
            version: "7.4.0", appendOnly: "0", fsync: "always",
            gap: ("keeps no append-only file", "CONFIG SET appendonly yes")),
    ])
    func `doctor tells when the disk cannot be proved`(disk: Disk) {
        let facts = Self.facts(
            ["redis_version": disk.version, "aof_enabled": disk.appendOnly],
            settings: disk.fsync.map { ["appendfsync": $0] } ?? [:])
        let gap = RedisSafety.unproved(["execution", "rebalance"], facts)
        #expect((gap == nil) == (disk.gap == nil))
        if let gap, let expected = disk.gap {
            #expect(gap.seen.hasPrefix("execution, rebalance: durability is fsync, and Redis "))
            #expect(gap.seen.contains(expected.seen), "\(gap.seen)")
            #expect(gap.remedy.contains(expected.remedy), "\(gap.remedy)")
        }
        #expect(RedisSafety.unproved([], facts) == nil)
    }
}
