import Redis

/// A pause of a schedule entry, or of one entity of it.
public struct EntryPause: Sendable, Equatable {
    /// How the scheduler catches up the skipped ticks when the pause ends by itself.
    public enum CatchUp: String, Sendable, CaseIterable {
        case skip
        case once
        case all
    }

    /// `entry`, or `entry#entity`.
    public let name: String
    /// Unix milliseconds; nil when it lasts until it is resumed. Later than `end(at:)` when the pause was set while the
    /// clock was ahead.
    public let until: Int64?
    /// Unix milliseconds.
    public let since: Int64
    /// How skipped ticks are caught up when the pause ends at `until`.
    public let catchUp: CatchUp
    /// The operator or program that paused it, one line of at most 200 characters; only displayed.
    public let author: String
    /// Why, one line of at most 200 characters.
    public let reason: String
    /// The intended length, milliseconds; nil for pauses that an earlier version stored.
    private let length: Int64?
    /// The stored form.
    let text: String

    /// - Parameter text: as pause_entry.lua writes it; nil for anything else.
    init?(name: String, text: String) {
        let lines = text.split(separator: "\n", maxSplits: 2, omittingEmptySubsequences: false)
        guard lines.count == 3 else { return nil }
        let words = lines[0].split(separator: " ")
        guard (3...4).contains(words.count), let until = StoredTime.milliseconds(words[0]),
            let since = StoredTime.milliseconds(words[1]),
            let catchUp = CatchUp(rawValue: String(words[2]))
        else { return nil }
        self.name = name
        self.until = until == 0 ? nil : until
        self.since = since
        self.catchUp = catchUp
        author = String(lines[1])
        reason = String(lines[2])
        length = words.count == 4 ? StoredTime.milliseconds(words[3]) : nil
        self.text = text
    }

    /// Whether the pause still lasts at a moment, unix milliseconds. Always true without an `until`.
    public func holds(at now: Int64) -> Bool { until.map { $0 > now } ?? true }

    /// The end as of `now`: never later than its length from now on. Nil when it lasts until it is resumed.
    public func end(at now: Int64) -> Int64? { until.map { min($0, now + (length ?? $0 - now)) } }
}

/// One record of an entry's history: one tick, or a run of ticks that ended alike. Times are unix milliseconds.
public struct TickRecord: Sendable, Equatable, Codable {
    /// How the tick or the run of ticks was handled.
    public enum Outcome: String, Sendable, Codable {
        case enqueued
        case caughtUp = "caught-up"
        /// An operator backfilled it.
        case backfilled
        case skipped
        case sourceUnavailable = "source-unavailable"
        /// Not a tick: the last handled one was ahead of the clock, and the entry continued from `nominal`.
        case clockCorrected = "clock-corrected"
    }

    /// Nominal time of the oldest tick of the record.
    public var first: Int64
    /// Nominal time of the newest tick of the record; the same as `first` for one tick.
    public var nominal: Int64
    /// How many ticks the record stands for.
    public var count: Int
    /// When it was recorded.
    public var at: Int64
    /// The epoch of the leader that recorded it; 0 for an operator.
    public var epoch: Int
    /// The same for all ticks of the record.
    public var outcome: Outcome
    /// `misfire`, `window`, `overlap`, `paused`, `queue-full`, `source`, or `exists`: its job existed already.
    public var reason: String?
    /// One sentence for display; nil for none.
    public var detail: String?
    /// How many jobs were enqueued.
    public var jobs: Int
    /// The id of the only job; the ids of several are `entry@nominal#entity`.
    public var job: String?
    /// When the first of its jobs was to start, if later than the nominal time.
    public var due: Int64?
    /// Entities that were skipped by the overlap policy.
    public var overlap: [String]?
    /// Entities without a job because a pause held for them or for the entry.
    public var paused: [String]?
    /// Entities without a new job because a job of their id existed already.
    public var exists: [String]?
    /// Entities that were new at this tick.
    public var added: [String]?
    /// Entities of the previous tick that are gone at this one.
    public var removed: [String]?

    /// Whether its times and numbers are within the range that scripts write; sums of others might overflow.
    var isPlausible: Bool {
        let limit = -StoredTime.limit...StoredTime.limit
        return [first, nominal, at, due ?? 0].allSatisfy(limit.contains) && limit.contains(Int64(count))
            && limit.contains(Int64(jobs))
    }

    /// Whether its jobs, or that of one entity, were enqueued.
    public func ran(_ entity: String? = nil) -> Bool {
        guard outcome == .enqueued || outcome == .caughtUp || outcome == .backfilled, jobs > 0 else { return false }
        guard let entity else { return true }
        return ![overlap, paused].contains { $0?.contains(entity) ?? false }
    }
}

extension Broker {
    /// The results of an entry's ticks, newest record first. Unreadable records are omitted and counted.
    /// - Parameter queues: every queue that the entry may have used.
    public func tickHistory(
        of entry: String, in queues: [QueueName], limit: Int = Broker.tickHistoryLimit
    ) async throws(JobQueueError) -> (records: [TickRecord], unreadable: Int) {
        let replies = try await pipeline(
            queues.map { ["LRANGE", .text(keyspace.of($0).history(entry)), 0, .integer(max(0, limit - 1))] })
        var records: [TickRecord] = []
        var unreadable = 0
        for reply in replies {
            for value in try decode({ () throws(RedisError) in try reply.array(of: "LRANGE") }) {
                let text = try? value.string(of: "LRANGE")
                if let text, let record = CompactJSON.value(of: TickRecord.self, in: text), record.isPlausible {
                    records.append(record)
                } else {
                    unreadable += 1
                }
            }
        }
        if queues.count > 1 { records = Array(records.sorted { $0.at > $1.at }.prefix(limit)) }
        return (records, unreadable)
    }

    /// The pauses of a queue's entries and entities, including expired ones that the next tick will end.
    public func entryPauses(in queue: QueueName) async throws(JobQueueError) -> [EntryPause] {
        var pauses: [EntryPause] = []
        var cursor = "0"
        repeat {
            let reply = try await send(
                ["HSCAN", .text(keyspace.of(queue).entries), .text(cursor), "MATCH", "p:*", "COUNT", 1_000])
            let (next, fields) = try decode { () throws(RedisError) in
                let parts = try reply.array(of: "HSCAN", count: 2)
                return (try parts[0].string(of: "HSCAN"), try parts[1].strings(of: "HSCAN"))
            }
            cursor = next
            for index in stride(from: 0, to: fields.count - 1, by: 2) {
                guard let pause = EntryPause(name: String(fields[index].dropFirst(2)), text: fields[index + 1]),
                    !pauses.contains(where: { $0.name == pause.name })
                else { continue }
                pauses.append(pause)
            }
        } while cursor != "0"
        return pauses.sorted { $0.name < $1.name }
    }

    /// The jobs in a row that died, by entry or `entry#entity`; those with none are absent.
    public func entryFailures(
        of names: [String], in queue: QueueName
    ) async throws(JobQueueError) -> [String: Int] {
        guard !names.isEmpty else { return [:] }
        let reply = try await send(
            RedisCommand(["HMGET", .text(keyspace.of(queue).entries)] + names.map { .text("f:\($0)") }))
        return try decode { () throws(RedisError) in
            var failures: [String: Int] = [:]
            for (name, value) in zip(names, try reply.array(of: "HMGET")) {
                failures[name] = try value.optionalInt(of: "HMGET")
            }
            return failures
        }
    }

    /// Pauses an entry or one entity of it: its ticks enqueue no jobs and are recorded as skipped.
    /// - Parameters:
    ///   - name: `entry`, or `entry#entity`.
    ///   - duration: nil until it is resumed.
    public func pauseEntry(
        _ name: String, in queue: QueueName, for duration: Duration?, by author: String, reason: String,
        catchUp: EntryPause.CatchUp = .skip
    ) async throws(JobQueueError) {
        let now = try await clock.now()
        let words = [author, reason].map { PlainText.line($0, limit: 200) }
        _ = try await run(
            Scripts.pauseEntry, [keyspace.of(queue).entries],
            [
                .text(name), "pause", .integer(Int(duration.map { now + $0.milliseconds } ?? 0)), .integer(Int(now)),
                .text(catchUp.rawValue), .text(words.joined(separator: "\n")),
            ])
    }

    /// - Returns: the pause that has ended; nil when there was none.
    public func resumeEntry(_ name: String, in queue: QueueName) async throws(JobQueueError) -> EntryPause? {
        let reply = try await run(
            Scripts.pauseEntry, [keyspace.of(queue).entries], [.text(name), "resume", "", "", "", ""])
        return try decode { () throws(RedisError) in try reply.optionalString(of: "pause_entry") }.flatMap {
            EntryPause(name: name, text: $0)
        }
    }

    /// Ends a pause that the scheduler has caught up, unless it was replaced by another.
    public func endPause(_ pause: EntryPause, in queue: QueueName) async throws(JobQueueError) {
        _ = try await run(
            Scripts.pauseEntry, [keyspace.of(queue).entries], [.text(pause.name), "end", .text(pause.text), "", "", ""])
    }

    /// Moves an entry's last tick, history, pauses and failures to its new name or queue. Repeating it is harmless.
    /// - Returns: false for a stale epoch.
    public func renameEntry(
        _ old: String, of queue: QueueName, to new: String, of newQueue: QueueName, epoch: Int
    ) async throws(JobQueueError) -> Bool {
        let (from, to) = (keyspace.of(queue), keyspace.of(newQueue))
        let reply = try await run(
            Scripts.renameEntry,
            [from.meta, from.entries, from.history(old), to.meta, to.entries, to.history(new)],
            [.integer(epoch), .text(old), .text(new)])
        return try decode { () throws(RedisError) in try reply.int(of: "rename_entry") } >= 0
    }
}
