import Redis

/// Takes back what operators changed. Call these of a broker whose note names the entry that is undone: the script
/// refuses one that is undone already, and writes its own entry.
extension Broker {
    /// Gives a setting the values that it had before a change, if it still has those that the change left.
    /// - Throws: `JobQueueError.alreadyUndone`.
    public func restore(_ change: SettingChange) async throws(JobQueueError) -> RestoreAnswer {
        let (start, end) = (change.key.firstIndex(of: "{"), change.key.firstIndex(of: "}"))
        let tag = start.flatMap { start in end.map { change.key[change.key.index(after: start)..<$0] } } ?? ""
        var arguments: [RedisWord] = [
            change.notifiesWorker ? "1" : "0", .integer(Int(change.lifetime?.milliseconds ?? 0)),
            .text(change.extent.rawValue), .integer(change.fields.count),
        ]
        for field in change.fields {
            arguments += [
                .text(field.name), field.isGuarded ? "1" : "0", .text(field.after.map { "=" + $0 } ?? ""),
                .text(field.before.map { "=" + $0 } ?? ""),
            ]
        }
        let reply = try await runner.run(
            Scripts.restoreSetting, [change.key, runner.keyspace.wake(String(tag))], arguments)
        return try answer(reply, "restore_setting")
    }

    /// Puts the jobs that an operation moved or removed back where they were, all of them or none.
    /// - Parameters:
    ///   - operation: an entry of the operator log.
    ///   - queue: whose bin holds them.
    ///   - other: the queue that the replacement of an edited job went to, if it is another one.
    /// - Throws: `JobQueueError.alreadyUndone`.
    public func restoreJobs(
        of operation: String, in queue: QueueName, and other: QueueName? = nil
    ) async throws(JobQueueError) -> RestoreAnswer {
        let (keys, theirs) = (runner.keyspace.of(queue), runner.keyspace.of(other ?? queue))
        let reply = try await runner.run(
            Scripts.restoreJobs, keys.block + theirs.block + [keys.bin, keys.binned],
            [.text(operation), .integer(Self.restoreLimit)])
        return try answer(reply, "restore_jobs")
    }

    /// Jobs of one entry; no script changes more in one step.
    private static let restoreLimit = 512

    private func answer(_ reply: RedisValue, _ script: String) throws(JobQueueError) -> RestoreAnswer {
        try runner.decode { () throws(RedisError) in
            let parts = try reply.array(of: script)
            switch (try parts.first?.string(of: script), parts.count) {
            case ("restored", 2): return .restored(try parts[1].int(of: script))
            case ("moved", 3):
                return .moved(what: try parts[1].shownText(of: script), now: try parts[2].shownText(of: script))
            case ("gone", _): return .gone
            default:
                throw .unexpectedReply(command: script, expected: "what became of it", got: "\(parts.count) values")
            }
        }
    }
}

/// The result of a request to take a change back.
public enum RestoreAnswer: Sendable, Equatable {
    /// So many fields or jobs are as before.
    case restored(Int)
    /// A field has another value by now, or a job cannot go back and why; nothing was changed.
    case moved(what: String, now: String)
    /// The bin does not hold the jobs any more; nothing was changed.
    case gone
}
