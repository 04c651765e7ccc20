import JobQueue

/// Settings that operators make in Redis.
extension ActionInverse {
    static let queuePause = ActionInverse(
        actions: ["queue.pause", "queue.resume"],
        form: .setting { entry, keyspace, _ in
            guard let queue = try? QueueName(entry.subject) else { return nil }
            var change = SettingChange(
                entry, of: keyspace.of(queue).meta, ["paused_until", "paused_reason", "paused_for"])
            let wasPaused = change?.before("paused_until") != nil
            change?.notifiesWorker = !wasPaused
            return change
        })

    static let entryPause = ActionInverse(
        actions: ["entry.pause", "entry.resume"],
        form: .setting { entry, keyspace, _ in
            guard let queue = try? QueueName(entry.subject) else { return nil }
            let failures = "f:\(entry.target)"
            return SettingChange(
                entry, of: keyspace.of(queue).entries, ["p:\(entry.target)", failures], unguarded: [failures])
        })

    static let limit = ActionInverse(
        actions: ["limit.set", "limit.reset"],
        form: .setting { entry, keyspace, _ in
            SettingChange(entry, ofHash: keyspace.limitSetting(entry.subject))
        })

    static let circuit = ActionInverse(
        actions: ["circuit.open", "circuit.reset"],
        form: .setting { entry, keyspace, now in
            var change = SettingChange(entry, ofHash: keyspace.circuit(entry.subject))
            // As long as the script that opens a circuit keeps it.
            let left = change?.before("until").flatMap { Int64($0) }.map { max(0, $0 - now) } ?? 0
            change?.lifetime = .milliseconds(left + 86_400_000)
            return change
        })
}
