extension TaskMessage {
    /// What Celery's clients are told of the task.
    var summary: TaskSummary {
        TaskSummary(
            id: id, name: task, args: args, kwargs: kwargs, argsRepr: headers["argsrepr"]?.string,
            kwargsRepr: headers["kwargsrepr"]?.string, rootID: rootID, parentID: parentID, retries: retries, eta: eta,
            expires: expires, exchange: exchange, routingKey: routingKey, priority: priority, redelivered: redelivered,
            stamps: stampValues)
    }

    /// The values of each stamped header, as text.
    var stampValues: [String: [String]] {
        guard let names = stampedHeaders, !names.isEmpty else { return [:] }
        let stamps = stamps
        return names.compactMap(\.string).reduce(into: [:]) { values, name in
            guard let stamp = stamps[name] else { return }
            values[name] = (stamp.list ?? [stamp]).map { $0.string ?? $0.json }
        }
    }
}
