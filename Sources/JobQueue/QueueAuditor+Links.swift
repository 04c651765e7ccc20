import Redis

/// What jobs hold besides their place.
extension QueueAuditor {
    /// Compares links with the jobs that they are about: capped keys with what runs, aside with its index, batches with
    /// the jobs that wait.
    func auditLinks(
        of queue: QueueName, _ claimants: [WorkerID], _ report: inout AuditReport
    ) async throws(JobQueueError) {
        guard var complaints = try await linkComplaints(of: queue, claimants), !complaints.isEmpty else { return }
        // What moved while it was read looks wrong once, not twice.
        guard let again = try await linkComplaints(of: queue, claimants) else { return }
        complaints.formIntersection(again)
        for complaint in complaints.sorted() { report.add(.links, queue: queue, seen: complaint) }
    }

    /// One look at everything, in one atomic read but for the batches; nil when there is nothing of the kind.
    private func linkComplaints(
        of queue: QueueName, _ claimants: [WorkerID]
    ) async throws(JobQueueError) -> Set<String>? {
        let keys = KeysOfQueue(queue)
        let commands: [RedisCommand] =
            [["HGETALL", .text(keys.links)], ["ZRANGE", .text(keys.aside), 0, -1]]
            + claimants.map { ["HKEYS", .text(keys.running($0))] }
        let replies = try await atomically(commands)
        let (links, members, running) = try broker.decode { () throws(RedisError) in
            var links: [String: String] = [:]
            for (name, value) in try replies[0].pairs(of: "HGETALL") { links[name] = try value.string(of: "HGETALL") }
            var running: Set<String> = []
            for reply in replies.dropFirst(2) { running.formUnion(try reply.strings(of: "HKEYS")) }
            return (links, try replies[1].strings(of: "ZRANGE"), running)
        }
        guard !links.isEmpty || !members.isEmpty else { return nil }
        var complaints: Set<String> = []
        for member in members {
            let id = member.split(separator: " ").last.map(String.init) ?? ""
            if links["a:\(id)"] != member { complaints.insert("'\(member)' is aside and has no entry in links") }
        }
        let waiting = members.filter { $0.hasPrefix("batch ") }
        let batches = try await broker.pipeline(
            waiting.map { member in
                let id = JobID(unchecked: member.split(separator: " ").last.map(String.init) ?? "")
                return ["EXISTS", .text(keys.batch(id))]
            })
        for (member, batch) in zip(waiting, batches) where batch == .integer(0) {
            complaints.insert("'\(member)' is aside and has no batch")
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
