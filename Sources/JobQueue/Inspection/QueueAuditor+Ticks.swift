import Redis

/// The record of ticks and epochs.
extension QueueAuditor {
    func auditTicks(of queue: QueueName, _ report: inout AuditReport) async throws(JobQueueError) {
        let keys = runner.keyspace.of(queue)
        var pages = KeyPages(runner, key: keys.ticks, form: .sortedSet)
        while let page = try await pages.next() {
            let names = page.map { TickName($0.id) }
            let last = try await lastTimes(of: names.map { $0?.entry ?? "" }, keys)
            for ((tick, score), (name, last)) in zip(page, zip(names, last)) {
                let at = try runner.decode { () throws(RedisError) in try score.wholeNumber(of: "ZSCAN") }
                if Self.complaint(about: name, at: at, last: last) == nil { continue }
                try await lookAgain(at: tick, name, in: queue, &report)
            }
        }
    }

    private func lookAgain(
        at tick: String, _ name: TickName?, in queue: QueueName, _ report: inout AuditReport
    ) async throws(JobQueueError) {
        let keys = runner.keyspace.of(queue)
        let replies = try await atomically([
            ["ZSCORE", .text(keys.ticks), .text(tick)],
            [
                "HMGET", .text(keys.meta), .text("last:\(name?.entry ?? "")"), .text("ahead:\(name?.entry ?? "")"),
            ],
        ])
        guard !replies[0].isNull else { return }
        let (at, last) = try runner.decode { () throws(RedisError) in
            let values = try replies[1].array(of: "HMGET", count: 2)
            return (try replies[0].wholeNumber(of: "ZSCORE"), Self.newest(values[0], values[1]))
        }
        guard let complaint = Self.complaint(about: name, at: at, last: last) else { return }
        report.add(.tick, queue: queue, id: tick, seen: complaint)
    }

    private func lastTimes(of entries: [String], _ keys: KeysOfQueue) async throws(JobQueueError) -> [Int64?] {
        guard !entries.isEmpty else { return [] }
        let reply = try await runner.send(
            RedisCommand(
                ["HMGET", .text(keys.meta)] + entries.flatMap { [.text("last:\($0)"), .text("ahead:\($0)")] }))
        return try runner.decode { () throws(RedisError) in
            let values = try reply.array(of: "HMGET")
            var times: [Int64?] = []
            for index in stride(from: 0, to: values.count - 1, by: 2) {
                times.append(Self.newest(values[index], values[index + 1]))
            }
            return times
        }
    }

    /// The later of the last handled time and the time that was handled while the clock was ahead; nil without the
    /// former.
    private static func newest(_ last: RedisValue, _ ahead: RedisValue) -> Int64? {
        // What is no number counts as absent, as for the scheduler.
        guard let last = try? last.optionalInt(of: "HMGET") else { return nil }
        return Int64(max(last, ((try? ahead.optionalInt(of: "HMGET")) ?? nil) ?? last))
    }

    private static func complaint(about name: TickName?, at: Int64, last: Int64?) -> String? {
        guard let name else { return "a tick that is not called '<entry>@<time>'" }
        // A tick that was enqueued later is stored with that time.
        guard name.nominalMilliseconds <= at else { return "remembered at \(at)" }
        guard let last else { return "its entry has no last time" }
        return last >= name.nominalMilliseconds ? nil : "its entry's last time is \(last), before it"
    }

    /// The global epoch only grows, so it is read last.
    func auditEpochs(of queues: [QueueName], _ report: inout AuditReport) async throws(JobQueueError) {
        let replies = try await runner.pipeline(
            queues.map { ["HGET", .text(runner.keyspace.of($0).meta), "epoch"] }
                + [["GET", .text(runner.keyspace.leader)], ["GET", .text(runner.keyspace.epoch)]])
        let leader = try runner.decode { () throws(RedisError) in try replies[queues.count].optionalString(of: "GET") }
        let led = try runner.decode { () throws(RedisError) in
            try replies[queues.count + 1].optionalInt(of: "GET") ?? 0
        }
        for (queue, reply) in zip(queues, replies) {
            let epoch = try runner.decode { () throws(RedisError) in try reply.optionalInt(of: "HGET") ?? 0 }
            if epoch > led { report.add(.epoch, queue: queue, seen: "epoch \(epoch), and \(led) leaderships so far") }
        }
        guard let leader else { return }
        let epoch = Int(leader.prefix { $0 != " " })
        if epoch == nil || epoch ?? 0 > led {
            report.add(.epoch, id: leader, seen: "the leader is '\(leader)', and there were \(led) leaderships so far")
        }
    }
}

/// The name of a tick: `entry@nominal`, and `#entity` when one tick has several jobs.
struct TickName: Equatable {
    let entry: String
    let nominalMilliseconds: Int64

    init?(_ text: String) {
        guard let at = text.lastIndex(of: "@"), at != text.startIndex else { return nil }
        let time = text[text.index(after: at)...].prefix { $0 != "#" }
        guard let nominal = StoredTime.milliseconds(time), String(nominal) == time else { return nil }
        entry = String(text[..<at])
        nominalMilliseconds = nominal
    }
}
