import Redis

/// The database that a process of the fleet writes to, reported by itself.
public struct LedgerSighting: Sendable, Equatable, Codable {
    /// The unique name of the process.
    public var holder: String
    /// The process's host name; paths are compared only within one host.
    public var host: String
    /// Absolute, without symbolic links.
    public var path: String
    /// The id stored in the database: a copy or a backup of it has the same.
    public var id: String
    /// Identifies the file on its host, whatever its path.
    public var file: String
    /// Unix milliseconds.
    public var seen: Int64 = 0

    /// `report` sets the time; the initialiser leaves it 0.
    public init(holder: String, host: String, path: String, id: String, file: String) {
        self.holder = holder
        self.host = host
        self.path = path
        self.id = id
        self.file = file
    }

    /// Whether both are certainly different databases. The file at one path of one host is one database, even when a
    /// backup replaced it meanwhile. The same id on two hosts is undecided: a folder may be shared.
    public func isOther(than other: LedgerSighting) -> Bool {
        guard host == other.host else { return id != other.id }
        return path != other.path && (id != other.id || file != other.file)
    }

    /// Path and host for messages, such as `/data/trading.db on vm-1`.
    public var place: String { "\(path) on \(host)" }
}

/// The databases that the processes of a fleet write to. Jobs of one fleet belong to one database: with another
/// database they would trade on wrong bots and positions.
public struct LedgerRegistry: Sendable {
    private let runner: ScriptRunner

    /// A process that has not reported for this long is left out.
    public static let silenceMilliseconds: Int64 = 20_000

    /// Stores nothing until `report`.
    public init(broker: Broker) { runner = broker.runner }

    /// Reports the database of the process; to be repeated every few seconds.
    public func report(_ sighting: LedgerSighting) async throws(JobQueueError) {
        var sighting = sighting
        sighting.seen = try await runner.clock.now()
        guard let text = try? CompactJSON.text(sighting) else { return }
        let key = RedisWord.text(runner.keyspace.ledgers)
        _ = try await runner.pipeline([
            ["HSET", key, .text(sighting.holder), .text(text)], ["PEXPIRE", key, 86_400_000],
        ])
    }

    /// Removes a process that has stopped; harmless for one that is not listed.
    public func remove(_ holder: String) async throws(JobQueueError) {
        _ = try await runner.send(["HDEL", .text(runner.keyspace.ledgers), .text(holder)])
    }

    /// The databases of live processes, by process name. Removes processes that stopped reporting long ago.
    public func live() async throws(JobQueueError) -> [LedgerSighting] {
        let now = try await runner.clock.now()
        let reply = try await runner.send(["HGETALL", .text(runner.keyspace.ledgers)])
        let pairs = try runner.decode { () throws(RedisError) in
            var pairs: [(String, String)] = []
            for (holder, value) in try reply.pairs(of: "HGETALL") {
                pairs.append((holder, try value.shownText(of: "HGETALL")))
            }
            return pairs
        }
        var found: [LedgerSighting] = []
        for (holder, text) in pairs {
            let sighting = CompactJSON.value(of: LedgerSighting.self, in: text)
            // A report in the future was written by a clock that has been set back.
            if let sighting, (now - Self.silenceMilliseconds...now + Self.silenceMilliseconds).contains(sighting.seen) {
                found.append(sighting)
            } else {
                try await remove(holder)
            }
        }
        return found.sorted { $0.holder < $1.holder }
    }
}
