import Redis

/// The names and types of all keys under the engine's prefix.
extension QueueAuditor {
    struct Keyspace {
        /// Queues that have keys.
        var queues: Set<QueueName> = []
        /// Workers that have claims, by queue.
        var claimants: [QueueName: Set<WorkerID>] = [:]
        /// Queues with a key of a wrong type; neither scripts nor the audit can work there.
        var mistyped: Set<QueueName> = []
    }

    func scanKeys(_ report: inout AuditReport) async throws(JobQueueError) -> Keyspace {
        var keyspace = Keyspace()
        var cursor = "0"
        repeat {
            let reply = try await runner.send(
                ["SCAN", .text(cursor), "MATCH", .text(runner.keyspace.prefix + "*"), "COUNT", 1_000])
            let (next, names) = try runner.decode { () throws(RedisError) in
                let parts = try reply.array(of: "SCAN", count: 2)
                return (try parts[0].string(of: "SCAN"), try parts[1].strings(of: "SCAN"))
            }
            cursor = next
            let types = try await runner.pipeline(names.map { ["TYPE", .text($0)] })
            for (name, type) in zip(names, types) {
                let type = try runner.decode { () throws(RedisError) in try type.string(of: "TYPE") }
                // The key may have been deleted since the page was made.
                if type != "none" { note(name, type, &keyspace, &report) }
            }
        } while cursor != "0"
        return keyspace
    }

    private func note(_ name: String, _ type: String, _ keyspace: inout Keyspace, _ report: inout AuditReport) {
        switch AuditLayout.meaning(of: name, in: runner.keyspace) {
        case .foreign: break
        case .unknown: addOnce(name, queue: nil, "a \(type) that no version of this layout writes", &report)
        case .known(let wanted):
            if type != wanted { addOnce(name, queue: nil, "a \(type) instead of a \(wanted)", &report) }
        case .ofQueue(let queue, let wanted):
            keyspace.queues.insert(queue)
            guard type != wanted else { return }
            keyspace.mistyped.insert(queue)
            addOnce(name, queue: queue, "a \(type) instead of a \(wanted)", &report)
        case .running(let queue, let worker):
            keyspace.queues.insert(queue)
            keyspace.claimants[queue, default: []].insert(worker)
            guard type != "hash" else { return }
            keyspace.mistyped.insert(queue)
            addOnce(name, queue: queue, "a \(type) instead of a hash", &report)
        }
    }

    /// SCAN may show a key more than once.
    private func addOnce(_ name: String, queue: QueueName?, _ seen: String, _ report: inout AuditReport) {
        guard !report.findings.contains(where: { $0.rule == .key && $0.id == name }) else { return }
        report.add(.key, queue: queue, id: name, seen: seen)
    }
}
