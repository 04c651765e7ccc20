/// What a server says of itself (INFO and CONFIG): what `doctor` judges. Facts that it does not tell are `nil`.
public struct ServerInfo: Sendable, Equatable {
    /// What the server is in replication; raw values are those of INFO.
    public enum Role: String, Sendable {
        case primary = "master"
        case replica = "slave"
    }

    /// One replica as its primary sees it.
    public struct Replica: Sendable, Equatable {
        /// `host:port`.
        public let place: String
        /// `online` when it follows.
        public let state: String
        /// Bytes of the stream that it has confirmed.
        public let offset: Int
        /// Seconds since it confirmed anything.
        public let lagSeconds: Int

        /// Made from a line of INFO; tests make their own.
        public init(place: String, state: String, offset: Int, lagSeconds: Int) {
            self.place = place
            self.state = state
            self.offset = offset
            self.lagSeconds = lagSeconds
        }
    }

    /// As the server writes it, e.g. `7.0.15`.
    public let version: String?
    /// Bytes; 0 means without limit.
    public let maxMemory: Int?
    /// Bytes.
    public let usedMemory: Int?
    /// Bytes of memory of the machine that it runs on.
    public let machineMemory: Int?
    /// `noeviction` is the only one under which no job is lost.
    public let evictionPolicy: String?
    /// Keys evicted since the server's start.
    public let evictedKeys: Int?
    /// Whether the append-only file is on (`aof_enabled`).
    public let appendOnly: Bool?
    /// `always`, `everysec` or `no`. `nil` where CONFIG is forbidden.
    public let appendFsync: String?
    /// False when the last write to the append-only file failed.
    public let lastAppendSucceeded: Bool?
    /// When snapshots are taken, as CONFIG's `save`; empty for never. `nil` where CONFIG is forbidden.
    public let snapshotRule: String?
    /// False when the last snapshot failed.
    public let lastSnapshotSucceeded: Bool?
    /// Unix seconds; the server's start where there was none yet.
    public let lastSnapshotSeconds: Int?
    /// True while the server still reads its data from disk.
    public let isLoading: Bool?
    /// `nil` for a word that is neither.
    public let role: Role?
    /// On a primary: its replicas. Empty on a replica.
    public let replicas: [Replica]
    /// On a replica: `host:port` of its primary.
    public let primary: String?
    /// On a replica: whether it is connected to its primary.
    public let primaryLinkIsUp: Bool?
    /// Bytes of the replication stream so far; a replica's `offset` less this is how far it is behind.
    public let replicationOffset: Int?
    /// False when our user may not read CONFIG.
    public let configIsReadable: Bool

    /// - Parameters:
    ///   - info: the reply of INFO, lines of `name:value`.
    ///   - settings: what CONFIG GET told; `nil` when it is forbidden.
    init(info: String, settings: [String: String]?) {
        var fields: [Substring: Substring] = [:]
        for line in info.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { fields[parts[0]] = parts[1] }
        }
        func text(_ name: Substring) -> String? { fields[name].map(String.init) }
        func number(_ name: Substring) -> Int? { fields[name].flatMap { Int($0) } }
        version = text("redis_version")
        maxMemory = number("maxmemory")
        usedMemory = number("used_memory")
        machineMemory = number("total_system_memory")
        evictionPolicy = text("maxmemory_policy")
        evictedKeys = number("evicted_keys")
        appendOnly = number("aof_enabled").map { $0 == 1 }
        appendFsync = settings?["appendfsync"]
        lastAppendSucceeded = text("aof_last_write_status").map { $0 == "ok" }
        snapshotRule = settings?["save"]
        lastSnapshotSucceeded = text("rdb_last_bgsave_status").map { $0 == "ok" }
        lastSnapshotSeconds = number("rdb_last_save_time")
        isLoading = number("loading").map { $0 == 1 }
        role = text("role").flatMap(Role.init)
        replicas = (0..<min(number("connected_slaves") ?? 0, 1_000)).compactMap { index in
            fields["slave\(index)"].flatMap(Replica.init(line:))
        }
        primary = text("master_host").map {
            RedisAddress.Host(name: $0, port: number("master_port") ?? 6_379).description
        }
        primaryLinkIsUp = text("master_link_status").map { $0 == "up" }
        replicationOffset = number("master_repl_offset")
        configIsReadable = settings != nil
    }
}

extension ServerInfo.Replica {
    /// Reads `ip=10.0.0.2,port=6379,state=online,offset=42,lag=0`.
    fileprivate init?(line: Substring) {
        var fields: [Substring: String] = [:]
        for field in line.split(separator: ",") {
            let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { fields[parts[0]] = String(parts[1]) }
        }
        guard let host = fields["ip"], let port = fields["port"].flatMap({ Int($0) }), let state = fields["state"],
            let offset = fields["offset"].flatMap({ Int($0) })
        else { return nil }
        self.init(
            place: RedisAddress.Host(name: host, port: port).description, state: state, offset: offset,
            lagSeconds: fields["lag"].flatMap { Int($0) } ?? 0)
    }
}

extension RedisClient {
    /// Asks the server for what it says of itself, in one round trip. CONFIG may be forbidden, INFO may not.
    /// - Throws: `noPermission` without the right to INFO; otherwise as `send`.
    public func serverFacts() async throws(RedisError) -> ServerInfo {
        // Servers before Redis 7 take one pattern at a time.
        let replies = try await pipeline([["INFO"], ["CONFIG", "GET", "append*"], ["CONFIG", "GET", "save"]])
        var settings = try? replies[1].settings()
        settings?.merge((try? replies[2].settings()) ?? [:]) { $1 }
        return ServerInfo(info: try replies[0].string(of: "INFO"), settings: settings)
    }
}

extension RedisValue {
    /// The names and values that CONFIG GET gives.
    func settings() throws(RedisError) -> [String: String] {
        var settings: [String: String] = [:]
        for (name, value) in try pairs(of: "CONFIG GET") { settings[name] = try value.string(of: "CONFIG GET") }
        return settings
    }
}
