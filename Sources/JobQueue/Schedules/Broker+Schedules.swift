import Redis

/// One version of the schedule file that is or was active.
public struct ScheduleVersion: Sendable, Equatable {
    /// From 1, without gaps.
    public let number: Int
    /// When it was activated: unix milliseconds by the clock of Redis.
    public let storedMilliseconds: Int64
    /// The operator that activated it, or the scheduler whose file had changed.
    public let author: String
    /// The file, byte for byte; empty in a listing.
    public let text: String

    /// Number and time of activation, without the text.
    public var stamp: ScheduleStamp { ScheduleStamp(number: number, storedMilliseconds: storedMilliseconds) }
}

/// Identifies a version of the schedule. A Redis that lost its data counts from 1 again, so versions are compared by
/// both parts, and only for equality.
public struct ScheduleStamp: Sendable, Hashable {
    /// From 1, without gaps, as long as Redis keeps its data.
    public let number: Int
    /// Unix milliseconds by the clock of Redis.
    public let storedMilliseconds: Int64

    /// Two stamps are the same version only when both parts are equal.
    public init(number: Int, storedMilliseconds: Int64) {
        self.number = number
        self.storedMilliseconds = storedMilliseconds
    }
}

/// The result of the activation of a text.
public enum ScheduleStoring: Sendable, Equatable {
    case stored(version: Int)
    /// The newest version has exactly this text; nothing was changed.
    case same(version: Int)
    /// Another version was stored meanwhile; nothing was changed.
    case conflict(newest: Int)
    /// Stale epoch: a newer leader was elected. Nothing was changed.
    case stale(newest: Int)
}

/// The active schedule is stored in Redis, so that it survives a broken file and all schedulers use the same one.
extension Broker {
    /// Versions that are kept.
    public static let scheduleVersionLimit = 50

    /// Activates a text: the leader reads the newest version within a second and replaces its schedule as a whole. Does
    /// not check the text; parse it first.
    /// - Parameters:
    ///   - author: displayed; made one line of at most 200 characters.
    ///   - expected: the version that the author has seen (0: none yet); nil to follow the newest, whatever its number.
    ///   - epoch: of the scheduler that stores it; nil for operators.
    public func storeSchedule(
        _ text: String, by author: String, expecting expected: Int? = nil, epoch: Int? = nil
    ) async throws(JobQueueError) -> ScheduleStoring {
        let name = String(author.map { $0.isNewline || $0 == "\t" ? " " : $0 }.prefix(200))
        let reply = try await run(
            Scripts.storeSchedule, [keyspace.scheduleNumber, keyspace.scheduleVersions, keyspace.epoch],
            [
                .integer(expected ?? -1), .integer(epoch ?? 0), .integer(Self.scheduleVersionLimit),
                .integer(Int(try await clock.now())), .text(name), .text(text), .text(keyspace.changes),
            ])
        let (word, number) = try decode { () throws(RedisError) in
            let parts = try reply.array(of: "store_schedule")
            guard parts.count == 2 else {
                throw .unexpectedReply(command: "store_schedule", expected: "two values", got: "\(parts.count)")
            }
            return (try parts[0].string(of: "store_schedule"), try parts[1].int(of: "store_schedule"))
        }
        switch word {
        case "stored": return .stored(version: number)
        case "same": return .same(version: number)
        case "conflict": return .conflict(newest: number)
        case "stale": return .stale(newest: number)
        default:
            throw .redis(.unexpectedReply(command: "store_schedule", expected: "what became of it", got: word))
        }
    }

    /// Whether a fleet of this namespace stores keys in this Redis. True also when the Redis user lacks the permission
    /// to check.
    public func holdsFleet() async throws(JobQueueError) -> Bool {
        // One command for each key: in a cluster they lie in different slots.
        for key in [keyspace.queues, keyspace.scheduleNumber, keyspace.schedulers, keyspace.workers] {
            do throws(JobQueueError) {
                let reply = try await send(["EXISTS", .text(key)])
                if try decode({ () throws(RedisError) in try reply.bool(of: "EXISTS") }) { return true }
            } catch {
                guard case .redis(.noPermission) = error else { throw error }
                return true
            }
        }
        return false
    }

    /// The number of the active version; 0 when no schedule was ever stored.
    public func scheduleNumber() async throws(JobQueueError) -> Int {
        let reply = try await send(["GET", .text(keyspace.scheduleNumber)])
        return try decode { () throws(RedisError) in try reply.optionalInt(of: "GET") ?? 0 }
    }

    /// The stamp of the active version, without its text: for frequent checks.
    /// - Returns: nil when no schedule was ever stored.
    public func activeVersion() async throws(JobQueueError) -> ScheduleStamp? {
        let reply = try await run(Scripts.activeVersion, [keyspace.scheduleVersions], [])
        let line = try decode { () throws(RedisError) in try reply.bytes(of: "active_version") }
        return ScheduleVersion(stored: line + [0x0A], withText: false)?.stamp
    }

    /// One version with its text.
    /// - Parameter number: nil for the active one.
    /// - Returns: nil when there is none, or it is no longer kept.
    public func schedule(version number: Int? = nil) async throws(JobQueueError) -> ScheduleVersion? {
        guard let number else {
            let reply = try await send(["LINDEX", .text(keyspace.scheduleVersions), 0])
            return try decode { () throws(RedisError) in try reply.optionalBytes(of: "LINDEX") }.flatMap {
                ScheduleVersion(stored: $0, withText: true)
            }
        }
        // A version may be stored between two reads, so its place in the list is not reliable.
        return try await versions(withText: true).first { $0.number == number }
    }

    /// All versions that are kept, newest first, without their texts.
    public func scheduleVersions() async throws(JobQueueError) -> [ScheduleVersion] {
        try await versions(withText: false)
    }

    /// The newest version with exactly this text; nil when no kept version has it.
    public func scheduleVersion(of text: String) async throws(JobQueueError) -> Int? {
        try await versions(withText: true).first { $0.text == text }?.number
    }

    /// Changes the activation time of the active version, because the clock behind it was wrong.
    /// - Parameter time: unix milliseconds.
    /// - Returns: false when another version is active, or for a stale epoch.
    public func dateSchedule(version: Int, at time: Int64, epoch: Int) async throws(JobQueueError) -> Bool {
        let reply = try await run(
            Scripts.dateSchedule, [keyspace.scheduleNumber, keyspace.scheduleVersions, keyspace.epoch],
            [.integer(version), .integer(epoch), .integer(Int(time))])
        return try decode { () throws(RedisError) in try reply.bool(of: "date_schedule") }
    }

    private func versions(withText: Bool) async throws(JobQueueError) -> [ScheduleVersion] {
        let reply = try await send(["LRANGE", .text(keyspace.scheduleVersions), 0, -1])
        return try decode { () throws(RedisError) in
            var versions: [ScheduleVersion] = []
            for value in try reply.array(of: "LRANGE") {
                if let version = ScheduleVersion(stored: try value.bytes(of: "LRANGE"), withText: withText) {
                    versions.append(version)
                }
            }
            return versions
        }
    }
}

extension ScheduleVersion {
    /// - Parameter bytes: as store_schedule.lua writes them; nil for anything else.
    init?(stored bytes: [UInt8], withText: Bool) {
        guard let end = bytes.firstIndex(of: 0x0A) else { return nil }
        let words = String(decoding: bytes[..<end], as: UTF8.self).split(
            separator: "\t", omittingEmptySubsequences: false)
        guard words.count == 3, let number = Int(words[0]), let at = StoredTime.milliseconds(words[1]) else {
            return nil
        }
        self.number = number
        storedMilliseconds = at
        author = String(words[2])
        text = withText ? String(decoding: bytes[(end + 1)...], as: UTF8.self) : ""
    }
}
