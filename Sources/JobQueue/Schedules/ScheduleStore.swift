import Redis

/// The schedule as Redis holds it: its versions, and what was done for each tick. Steps of the leader carry its epoch
/// and are refused once a newer leader was elected.
public struct ScheduleStore: Sendable {
    let runner: ScriptRunner

    init(_ runner: ScriptRunner) { self.runner = runner }

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
        let reply = try await runner.run(
            Scripts.storeSchedule,
            [
                runner.keyspace.scheduleNumber, runner.keyspace.scheduleVersions, runner.keyspace.epoch,
                runner.keyspace.scheduleTexts,
            ],
            [
                .integer(expected ?? -1), .integer(epoch ?? 0), .integer(Self.scheduleVersionLimit),
                .integer(Int(try await runner.clock.now())), .text(name), .text(text), .text(runner.keyspace.changes),
            ])
        let (word, number) = try runner.decode { () throws(RedisError) in
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
        for key in [
            runner.keyspace.queues, runner.keyspace.scheduleNumber, runner.keyspace.schedulers, runner.keyspace.workers,
        ] {
            do throws(JobQueueError) {
                let reply = try await runner.send(["EXISTS", .text(key)])
                if try runner.decode({ () throws(RedisError) in try reply.bool(of: "EXISTS") }) { return true }
            } catch {
                guard case .redis(.noPermission) = error else { throw error }
                return true
            }
        }
        return false
    }

    /// The number of the active version; 0 when no schedule was ever stored.
    public func scheduleNumber() async throws(JobQueueError) -> Int {
        let reply = try await runner.send(["GET", .text(runner.keyspace.scheduleNumber)])
        return try runner.decode { () throws(RedisError) in try reply.optionalInt(of: "GET") ?? 0 }
    }

    /// The stamp of the active version, without its text: for frequent checks.
    /// - Returns: nil when no schedule was ever stored.
    public func activeVersion() async throws(JobQueueError) -> ScheduleStamp? {
        let reply = try await runner.run(Scripts.activeVersion, [runner.keyspace.scheduleVersions], [])
        let line = try runner.decode { () throws(RedisError) in try reply.bytes(of: "active_version") }
        return ScheduleVersion(stored: line + [0x0A], withText: false)?.stamp
    }

    /// One version with its text.
    /// - Parameter number: nil for the active one.
    /// - Returns: nil when there is none, or it is no longer kept.
    public func schedule(version number: Int? = nil) async throws(JobQueueError) -> ScheduleVersion? {
        guard let number else {
            let reply = try await runner.send(["LINDEX", .text(runner.keyspace.scheduleVersions), 0])
            return try runner.decode { () throws(RedisError) in try reply.optionalBytes(of: "LINDEX") }.flatMap {
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

    /// Whether a version that is kept no more had exactly this text; known of the last 10 000 of them.
    public func hadText(_ text: String) async throws(JobQueueError) -> Bool {
        let reply = try await runner.run(Scripts.hadText, [runner.keyspace.scheduleTexts], [.text(text)])
        return try runner.decode { () throws(RedisError) in try reply.bool(of: "had_text") }
    }

    /// Changes the activation time of the active version, because the clock behind it was wrong.
    /// - Parameter time: unix milliseconds.
    /// - Returns: false when another version is active, or for a stale epoch.
    public func dateSchedule(version: Int, at time: Int64, epoch: Int) async throws(JobQueueError) -> Bool {
        let reply = try await runner.run(
            Scripts.dateSchedule,
            [runner.keyspace.scheduleNumber, runner.keyspace.scheduleVersions, runner.keyspace.epoch],
            [.integer(version), .integer(epoch), .integer(Int(time))])
        return try runner.decode { () throws(RedisError) in try reply.bool(of: "date_schedule") }
    }

    private func versions(withText: Bool) async throws(JobQueueError) -> [ScheduleVersion] {
        let reply = try await runner.send(["LRANGE", .text(runner.keyspace.scheduleVersions), 0, -1])
        return try runner.decode { () throws(RedisError) in
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
