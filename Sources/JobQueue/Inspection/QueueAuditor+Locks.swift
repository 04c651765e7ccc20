import Redis

/// The locks and batches of jobs.
extension QueueAuditor {
    /// Compares `links` with the jobs: concurrency keys with running jobs, `aside` with its index, batches with waiting
    /// jobs.
    func auditLocks(
        of queue: QueueName, _ claimants: [WorkerID], _ report: inout AuditReport
    ) async throws(JobQueueError) {
        guard var complaints = try await lockComplaints(of: queue, claimants), !complaints.isEmpty else { return }
        // A job that moved during the read looks wrong once, not twice.
        guard let again = try await lockComplaints(of: queue, claimants) else { return }
        complaints.formIntersection(again)
        for complaint in complaints.sorted() { report.add(.links, queue: queue, seen: complaint) }
    }

    /// The content of one atomic read.
    private struct LockView {
        var links: [String: String] = [:]
        var members: [String] = []
        var running: Set<String> = []
    }

    /// Nil when workers joined at every try.
    private func lockView(
        of queue: QueueName, _ claimants: [WorkerID]
    ) async throws(JobQueueError) -> LockView? {
        let keys = runner.keyspace.of(queue)
        var claimants = Set(claimants)
        for _ in 0..<8 {
            let commands: [RedisCommand] =
                [
                    ["ZRANGE", .text(keys.leases), 0, -1], ["HGETALL", .text(keys.locks)],
                    ["ZRANGE", .text(keys.parked), 0, -1],
                ] + claimants.map { ["HKEYS", .text(keys.running($0))] }
            let replies = try await atomically(commands)
            // The claims of a worker that has joined since are not read yet: then the audit reads again, with that
            // worker.
            let holders = try runner.decode { () throws(RedisError) in try replies[0].strings(of: "ZRANGE") }
            let known = claimants.count
            claimants.formUnion(holders.map { WorkerID(unchecked: $0) })
            guard claimants.count == known else { continue }
            return try runner.decode { () throws(RedisError) in
                var view = LockView(members: try replies[2].strings(of: "ZRANGE"))
                for (name, value) in try replies[1].pairs(of: "HGETALL") {
                    view.links[name] = try value.string(of: "HGETALL")
                }
                for reply in replies.dropFirst(3) { view.running.formUnion(try reply.strings(of: "HKEYS")) }
                return view
            }
        }
        return nil
    }

    /// Reads all locks in one atomic read, and the batches after it; nil when there are none.
    private func lockComplaints(
        of queue: QueueName, _ claimants: [WorkerID]
    ) async throws(JobQueueError) -> Set<String>? {
        let keys = runner.keyspace.of(queue)
        guard let view = try await lockView(of: queue, claimants) else { return nil }
        let (links, members, running) = (view.links, view.members, view.running)
        guard !links.isEmpty || !members.isEmpty else { return nil }
        var complaints: Set<String> = []
        for member in members {
            let id = member.split(separator: " ").last.map(String.init) ?? ""
            if links["a:\(id)"] != member { complaints.insert("'\(member)' is parked and has no entry in links") }
        }
        let waiting = members.filter { $0.hasPrefix("batch ") }
        let batches = try await runner.pipeline(
            waiting.map { member in
                let id = JobID(unchecked: member.split(separator: " ").last.map(String.init) ?? "")
                return ["EXISTS", .text(keys.batch(id))]
            })
        for (member, batch) in zip(waiting, batches) where batch == .integer(0) {
            complaints.insert("'\(member)' is parked and has no batch")
        }
        let there = Set(members)
        for (name, value) in links where name.hasPrefix("a:") && !there.contains(value) {
            complaints.insert("'\(name)' says '\(value)', which is not aside")
        }
        for (name, value) in links where name.hasPrefix("c:") {
            for id in value.split(separator: " ").map(String.init) where !running.contains(id) {
                complaints.insert("job \(id) counts as running for '\(name.dropFirst(2))' and does not run")
            }
        }
        return complaints
    }
}
