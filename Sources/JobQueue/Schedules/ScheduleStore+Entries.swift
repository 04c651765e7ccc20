import Redis

/// Pauses, failures and the history of entries.
extension ScheduleStore {
    /// The results of an entry's ticks, newest record first. Unreadable records are omitted and counted.
    /// - Parameter queues: every queue that the entry may have used.
    public func tickHistory(
        of entry: String, in queues: [QueueName], limit: Int = ScheduleStore.tickHistoryLimit
    ) async throws(JobQueueError) -> (records: [TickRecord], unreadable: Int) {
        let replies = try await runner.pipeline(
            queues.map { ["LRANGE", .text(runner.keyspace.of($0).history(entry)), 0, .integer(max(0, limit - 1))] })
        var records: [TickRecord] = []
        var unreadable = 0
        for reply in replies {
            for value in try runner.decode({ () throws(RedisError) in try reply.array(of: "LRANGE") }) {
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
            let reply = try await runner.send(
                ["HSCAN", .text(runner.keyspace.of(queue).entries), .text(cursor), "MATCH", "p:*", "COUNT", 1_000])
            let (next, fields) = try runner.decode { () throws(RedisError) in
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
        let reply = try await runner.send(
            RedisCommand(["HMGET", .text(runner.keyspace.of(queue).entries)] + names.map { .text("f:\($0)") }))
        return try runner.decode { () throws(RedisError) in
            var failures: [String: Int] = [:]
            for (name, value) in zip(names, try reply.array(of: "HMGET")) {
                failures[name] = (try? value.optionalInt(of: "HMGET")) ?? nil
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
        let now = try await runner.clock.now()
        let words = [author, reason].map { PlainText.line($0, limit: 200) }
        _ = try await runner.run(
            Scripts.pauseEntry, [runner.keyspace.of(queue).entries],
            [
                .text(name), "pause", .integer(Int(duration.map { now + $0.milliseconds } ?? 0)), .integer(Int(now)),
                .text(catchUp.rawValue), .text(words.joined(separator: "\n")),
            ])
    }

    /// - Returns: the pause that has ended; nil when there was none.
    public func resumeEntry(_ name: String, in queue: QueueName) async throws(JobQueueError) -> EntryPause? {
        let reply = try await runner.run(
            Scripts.pauseEntry, [runner.keyspace.of(queue).entries], [.text(name), "resume", "", "", "", ""])
        return try runner.decode { () throws(RedisError) in try reply.optionalString(of: "pause_entry") }.flatMap {
            EntryPause(name: name, text: $0)
        }
    }

    /// Ends a pause that the scheduler has caught up, unless it was replaced by another.
    public func endPause(_ pause: EntryPause, in queue: QueueName) async throws(JobQueueError) {
        _ = try await runner.run(
            Scripts.pauseEntry, [runner.keyspace.of(queue).entries],
            [.text(pause.name), "end", .text(pause.text), "", "", ""])
    }

    /// Moves an entry's last tick, history, pauses and failures to its new name or queue. Repeating it is harmless.
    /// - Returns: false for a stale epoch.
    public func renameEntry(
        _ old: String, of queue: QueueName, to new: String, of newQueue: QueueName, epoch: Int
    ) async throws(JobQueueError) -> Bool {
        let (from, to) = (runner.keyspace.of(queue), runner.keyspace.of(newQueue))
        let reply = try await runner.run(
            Scripts.renameEntry,
            [from.meta, from.entries, from.history(old), to.meta, to.entries, to.history(new)],
            [.integer(epoch), .text(old), .text(new)])
        return try runner.decode { () throws(RedisError) in try reply.int(of: "rename_entry") } >= 0
    }
}
