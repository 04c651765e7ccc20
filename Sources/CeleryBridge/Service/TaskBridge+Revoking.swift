import JobQueue
import Redis

/// Revoking, and looking after tasks by their ids.
extension TaskBridge {
    var revokedStore: RevokedStore { RevokedStore(redis: broker.redis, key: keys.revoked) }

    /// Revokes tasks in the whole fleet: those that wait are cancelled with their results stored at once, and with
    /// `terminate` those that run are asked to stop.
    /// - Returns: ids whose jobs were asked to stop.
    package func revoke(_ ids: [String], terminate: Bool) async throws -> [String] {
        let now = try await broker.clock.now()
        node.revoked.add(ids, now: now)
        try await revokedStore.add(ids, now: now)
        var stopped: [String] = []
        for id in ids {
            guard let job = try await job(of: id), !job.state.isFinal else {
                try await storeRevoked(id, now: now)
                continue
            }
            if job.state == .running {
                guard terminate else { continue }
                if try await broker.cancel(job.id, in: job.queue) == .requested { stopped.append(id) }
            } else if try await broker.cancel(job.id, in: job.queue) == .cancelled,
                let message = try? TaskMessage(raw: TaskRun.element(job.envelope.payload), bounds: bounds)
            {
                try await make(planner(now).writes(for: message, end: .revoked(.revoked)), now: now, queue: job.queue)
                node.revoked(id)
            }
        }
        return stopped
    }

    /// Stores REVOKED for a task that has no state yet: its message may lie in a list, or come later.
    private func storeRevoked(_ id: String, now: Int64) async throws {
        guard let queue = rules.queues.first?.native else { return }
        let document = ResultDocument(
            status: "REVOKED", result: TaskFailure.revoked(.revoked).wire, dateDone: now, id: id)
        let place = rules.place
        let write = BridgeWrite.result(
            key: place.resultKey(id), value: document.json, ttlSeconds: place.resultSeconds, mode: .first)
        try await make([write], now: now, queue: queue)
    }

    /// The native job that carries a task, if one does; searched in the queues of this pool.
    func job(of id: String) async throws -> StoredJob? {
        guard let name = try? JobID(id) else { return nil }
        let job = try await QueueInspector(broker: broker).job(name)
        return job.flatMap { job in rules.queues.contains { $0.native == job.queue } ? job : nil }
    }

    /// Whether a task has a result that does not change any more.
    func hasReadyResult(_ id: String) async throws -> Bool {
        let reply = try await results.send(["GET", .text(rules.place.resultKey(id))])
        guard let text = try reply.optionalBytes(of: "GET"), let object = try? WireValue.parse(text).object else {
            return false
        }
        return ["SUCCESS", "FAILURE", "REVOKED"].contains(object["status"]?.string)
    }

    /// Tasks that wait for their time, at most 1000 of each queue.
    package func scheduled() async throws -> [ScheduledTask] {
        var tasks: [ScheduledTask] = []
        let inspector = QueueInspector(broker: broker)
        for queue in rules.queues {
            for job in try await inspector.jobs(in: queue.native, state: .scheduled, limit: 1_000) {
                guard let due = job.dueMilliseconds,
                    let message = try? TaskMessage(raw: TaskRun.element(job.envelope.payload), bounds: bounds)
                else { continue }
                tasks.append(ScheduledTask(message.summary, eta: due))
            }
        }
        return tasks
    }

    /// What the queues know of tasks.
    package func lookUp(_ ids: [String]) async throws -> [String: TaskLookup] {
        var found: [String: TaskLookup] = [:]
        for id in ids {
            guard let job = try await job(of: id) else { continue }
            let state: TaskLookup.State =
                switch job.state {
                case .running: .active
                case .scheduled, .retrying: .scheduled
                case .ready, .parked, .waiting: .reserved
                case .succeeded, .dead, .cancelled, .expired: .ready
                }
            let message = try? TaskMessage(raw: TaskRun.element(job.envelope.payload), bounds: bounds)
            found[id] = TaskLookup(
                state, message?.summary ?? TaskSummary(id: id, name: job.envelope.kind.description))
        }
        return found
    }

    /// Whether this node is the first to act on a request that reaches several; each counts as one when it has no mark.
    package func isFirst(of request: String) async throws -> Bool {
        guard !request.isEmpty, !request.hasSuffix(":") else { return true }
        let reply = try await broker.redis.send(["SET", .text(keys.request(request)), "1", "NX", "EX", 60])
        return !reply.isNull
    }

    /// Ids of running jobs of this process with stamps that were revoked are asked to stop.
    /// - Returns: those ids.
    package func stopRunning(stamped header: String, _ values: [String]) async throws -> [String] {
        var stopped: [String] = []
        for request in node.running.all {
            guard let own = request.summary.stamps[header], !Set(own).isDisjoint(with: values),
                let job = try await job(of: request.summary.id)
            else { continue }
            if try await broker.cancel(job.id, in: job.queue) == .requested { stopped.append(request.summary.id) }
        }
        return stopped
    }
}
