import Redis
import TestSupport
import Testing

@testable import JobQueue

/// States that no script leaves behind, made by hand: the auditor must find each, and nothing else.
@Suite struct QueueAuditorTests {
    let bench: QueueBench
    private var auditor: QueueAuditor { QueueAuditor(broker: bench.broker, jobsPerPass: 3) }
    private var keys: KeysOfQueue { bench.keys }

    /// A queue with a job in every place: `ready` in line, `top` ranked, `late` scheduled, `again` retrying, `done`
    /// finished, `gone` dead, `held` running, `never` cancelled in line.
    init() async throws {
        bench = try await QueueBench()
        let first = try ["again", "done", "gone", "held"].map { try bench.job($0) }
        try await bench.broker.enqueue(first)
        let jobs = try await bench.fetch(4)
        _ = try await bench.broker.claims.retry(
            jobs[0], at: try await bench.broker.clock.now() + 60_000, because: bench.failure())
        _ = try await bench.broker.claims.acknowledge([Completion(jobs[1])])
        _ = try await bench.broker.claims.deadLetter(jobs[2], because: bench.failure())
        try await bench.broker.enqueue([
            bench.job("ready"), bench.job("never"), bench.job("top", priority: 5),
            bench.job("late", start: .after(milliseconds: 60_000)),
        ])
        _ = try await bench.broker.cancel(try JobID("never"), in: bench.queue)
        let lease = LeaderLease(broker: bench.broker, holder: "s", lease: .seconds(60))
        let epoch = try #require(try await lease.lead())
        var tick = Tick(entry: "e", nominalMilliseconds: 5_000, queue: bench.queue)
        tick.members = [Tick.Member(job: try bench.job("of-the-tick"))]
        _ = try await bench.broker.schedules.tick(tick, epoch: epoch)
    }

    private func edit(_ words: RedisWord...) async throws { _ = try await bench.redis.send(RedisCommand(words)) }

    private func expect(
        _ rule: AuditRule, _ id: String?, _ seen: String, queue: String? = "q",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let report = try await auditor.audit()
        #expect(
            report.findings == [AuditFinding(rule: rule, queue: queue, id: id, seen: seen)], "\(report.findings)",
            sourceLocation: sourceLocation)
        #expect(report.untold.isEmpty, sourceLocation: sourceLocation)
    }

    @Test(arguments: [1, 3, 100_000])
    func `a sound queue has no findings however many passes it takes`(_ jobsPerPass: Int) async throws {
        let report = try await QueueAuditor(broker: bench.broker, jobsPerPass: jobsPerPass).audit()
        #expect(report.findings.isEmpty)
        #expect(report.queues == 1 && report.jobs == 9 && report.moved == 0 && report.untold.isEmpty)
    }

    @Test func `a queue at work has no findings`() async throws {
        let reports = try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in [bench.w1, bench.w2] {
                group.addTask { try await Self.work(bench, as: worker, rounds: 150) }
            }
            var reports: [AuditReport] = []
            for _ in 0..<10 { reports.append(try await QueueAuditor(broker: bench.broker, jobsPerPass: 100).audit()) }
            try await group.waitForAll()
            return reports
        }
        #expect(reports.flatMap(\.findings).isEmpty)
        #expect(try await auditor.audit().isClean)
    }

    /// Enqueues, fetches and settles in every way, and lets workers die.
    private static func work(_ bench: QueueBench, as first: WorkerID, rounds: Int) async throws {
        var worker = first
        for round in 0..<rounds {
            let jobs = try (0..<8).map { try bench.job("\(first)-\(round)-\($0)", priority: $0 % 4 == 0 ? 1 : 0) }
            try await bench.broker.enqueue(jobs)
            _ = try await bench.broker.cancel(try JobID("\(first)-\(round)-5"), in: bench.queue)
            for job in try await bench.fetch(8, for: worker) {
                switch Int(job.fence) % 4 {
                case 0: _ = try await bench.broker.claims.retry(job, at: 0, because: bench.failure())
                case 1: _ = try await bench.broker.claims.postpone(job, until: 0, because: "r")
                default: _ = try await bench.broker.claims.acknowledge([Completion(job)])
                }
            }
            try await bench.broker.maintenance.promoteDue(in: bench.queue)
            guard round % 20 == 19 else { continue }
            _ = try await bench.fetch(8, for: worker)
            try await bench.expire(worker)
            _ = try await bench.broker.maintenance.rescueExpired(in: bench.queue, maxCrashes: 3)
            worker = WorkerID(unchecked: "\(first)-\(round)")
            try await bench.broker.claims.join(bench.queue, as: worker, lease: .seconds(60))
        }
    }

    @Test func `an empty database has no findings`() async throws {
        let report = try await QueueAuditor(broker: Broker(redis: try await SharedServer.client())).audit()
        #expect(report == AuditReport())
    }

    @Test func `a job that fell out of its place is lost`() async throws {
        try await edit("LREM", .text(keys.ready), 1, "ready")
        try await expect(.lost, "ready", "a record that says 'w', in no place")
    }

    @Test func `a job in two places is found`() async throws {
        try await edit("ZADD", .text(keys.scheduled), 5, "ready")
        try await expect(.twofold, "ready", "a record that says 'w', in ready and scheduled")
    }

    @Test func `a job twice in the list is found`() async throws {
        try await edit("RPUSH", .text(keys.ready), "ready")
        try await expect(.twofold, "ready", "a record that says 'w', in ready, more than once")
    }

    @Test func `a job that two workers have is found`() async throws {
        try await edit("HSET", .text(keys.running(bench.w2)), "held", "1 5")
        try await expect(.twofold, "held", "a record that says 'w', in running, more than once")
    }

    @Test(arguments: ["ready", "scheduled", "dead", "done", "running"])
    func `an id without a record is found`(_ place: String) async throws {
        switch place {
        case "ready": try await edit("RPUSH", .text(keys.ready), "ghost")
        case "done": try await edit("RPUSH", .text(keys.done), "ghost")
        case "running": try await edit("HSET", .text(keys.running(bench.w1)), "ghost", "1 5")
        case "dead": try await edit("ZADD", .text(keys.dead), 5, "ghost")
        default: try await edit("ZADD", .text(keys.scheduled), 5, "ghost")
        }
        let report = try await auditor.audit()
        let finding = AuditFinding(rule: .recordless, queue: "q", id: "ghost", seen: "no record, in \(place)")
        #expect(report.findings.first == finding)
        // Two more dead or finished ids than were counted.
        #expect(report.findings.dropFirst().allSatisfy { $0.rule == .counters })
    }

    @Test(arguments: [
        ("late", "D", "scheduled"), ("gone", "w", "dead"), ("done", "w", "done"), ("held", "S", "running"),
    ])
    func `a record that disagrees with its place is found`(_ id: String, _ stateCode: String, _ place: String)
        async throws
    {
        let text = try await bench.redis.send(["HGET", .text(keys.jobs), .text(id)]).string()
        try await edit("HSET", .text(keys.jobs), .text(id), .text("1\(stateCode)" + text.dropFirst(2)))
        try await expect(.stateCode, id, "a record that says '\(stateCode)', in \(place)")
    }

    @Test func `a record that cannot be read is found`() async throws {
        try await edit("HSET", .text(keys.jobs), "ready", "2w who knows")
        try await expect(.unreadable, "ready", "a record that cannot be read, in ready")
    }

    @Test(arguments: ["7", "1 x", "1 5 stop", ""])
    func `a claim that no script writes is found`(_ claim: String) async throws {
        try await edit("HSET", .text(keys.running(bench.w1)), "held", .text(claim))
        try await expect(.claim, "held", "worker w1 has the claim '\(claim)'")
    }

    @Test func `a fence that was never handed out is found`() async throws {
        try await edit("HSET", .text(keys.running(bench.w1)), "held", "9 5 cancel")
        try await expect(.claim, "held", "worker w1 has fence 9, the queue has handed out 1")
    }

    @Test func `claims of a worker without a lease are found`() async throws {
        try await edit("ZREM", .text(keys.leases), "w1")
        try await expect(.orphan, "w1", "1 claims and no lease")
    }

    @Test(arguments: ["succeeded", "cancelled", "enqueued"])
    func `a counter of ended jobs that does not add up is found`(_ counter: String) async throws {
        try await edit("HINCRBY", .text(keys.meta), .text(counter), 2)
        let (enqueued, ended) = counter == "enqueued" ? (2, 0) : (0, 2)
        try await expect(
            .counters, "enqueued",
            "\(enqueued) jobs forgotten by the number enqueued, \(ended) by the number ended")
    }

    @Test func `a counter of dead jobs that does not add up is found`() async throws {
        try await edit("HSET", .text(keys.meta), "died", 5)
        try await expect(.counters, "died", "5 died, and 1 are dead, were requeued or discarded")
    }

    @Test func `a wrong number of cancelled jobs in line is found`() async throws {
        try await edit("HINCRBY", .text(keys.meta), "tombstones", 1)
        try await edit("HINCRBY", .text(keys.meta), "cancelled", 1)
        try await expect(.counters, "tombstones", "1 cancelled jobs in line, the counter says 2")
    }

    @Test func `a counter that is no number is found`() async throws {
        try await edit("HSET", .text(keys.meta), "crashes", "many")
        try await expect(.counters, "crashes", "'many', which is no count")
    }

    @Test func `too many wake-ups are found`() async throws {
        for _ in 0..<70 { try await edit("RPUSH", .text(keys.wake), "1") }
        let calls = try await bench.redis.send(["LLEN", .text(keys.wake)]).int()
        try await expect(.wake, nil, "\(calls) wake-ups")
    }

    @Test func `more records than jobs in all places are found`() async throws {
        try await edit("LREM", .text(keys.ready), 1, "ready")
        var report = AuditReport()
        // As if the walk through the places had missed it.
        try await auditor.auditTotals(of: bench.queue, [], alsoSum: true, &report)
        #expect(report.findings.map(\.rule) == [.sum])
        #expect(report.findings.first?.seen == "9 records and 8 jobs in all places")
    }

    @Test func `a tick that its entry has not come to is found`() async throws {
        try await edit("ZADD", .text(keys.ticks), 6_000, "e@6000")
        try await expect(.tick, "e@6000", "its entry's last time is 5000, before it")
    }

    @Test func `a tick at another time than its own is found`() async throws {
        try await edit("ZADD", .text(keys.ticks), 4_000, "e@5000")
        try await expect(.tick, "e@5000", "remembered at 4000")
    }

    @Test(arguments: ["e", "@7", "e@07", "e@x#7"])
    func `a tick without a time is found`(_ name: String) async throws {
        try await edit("ZADD", .text(keys.ticks), 7, .text(name))
        try await expect(.tick, name, "a tick that is not called '<entry>@<time>'")
    }

    @Test func `a tick of an entry that never ticked is found`() async throws {
        try await edit("ZADD", .text(keys.ticks), 7, "other@7#bot-1")
        try await expect(.tick, "other@7#bot-1", "its entry has no last time")
    }

    @Test func `an epoch that nobody has led is found`() async throws {
        try await edit("HSET", .text(keys.meta), "epoch", 9)
        try await expect(.epoch, nil, "epoch 9, and 1 leaderships so far")
    }

    @Test func `a leader of an epoch that has not begun is found`() async throws {
        try await edit("SET", .text(QueueKeys().leader), "3 s")
        try await expect(.epoch, "3 s", "the leader is '3 s', and there were 1 leaderships so far", queue: nil)
    }

    @Test func `a queue that nobody knows is found`() async throws {
        try await edit("SREM", .text(QueueKeys().queues), "q")
        try await expect(.unlisted, nil, "it has jobs and is not in \(QueueKeys().queues)")
    }

    @Test(arguments: ["nonsense", "{q}:redy", "{Q}:jobs", "{q", "{other}:account"])
    func `a key of no known name is found`(_ name: String) async throws {
        try await edit("SET", .text(QueueKeys().prefix + name), "1")
        try await expect(
            .key, QueueKeys().prefix + name, "a string that no version of this layout writes", queue: nil)
    }

    @Test func `keys of other modules are left to them`() async throws {
        try await edit("HSET", .text(QueueKeys().prefix + "{paper}:account"), "version", 1)
        try await edit("SET", "celery", 1)
        #expect(try await auditor.audit().isClean)
    }

    @Test func `a key of a wrong type is found and ends the audit of its queue alone`() async throws {
        let broken = QueueKeys().of(try QueueName("broken"))
        try await edit("SET", .text(broken.ready), 1)
        try await edit("LREM", .text(keys.ready), 1, "ready")
        let report = try await auditor.audit()
        #expect(report.findings.map(\.rule) == [.key, .lost])
        #expect(report.findings.first?.seen == "a string instead of a list")
    }

    @Test func `a great number of findings is cut off and counted`() async throws {
        for number in 0..<1_100 { try await edit("RPUSH", .text(keys.ready), .text("ghost\(number)")) }
        let report = try await auditor.audit()
        #expect(report.findings.count == 1_000 && report.omitted == 100)
    }

    @Test func `every rule has a remedy`() {
        for rule in AuditRule.allCases { #expect(rule.remedy.hasSuffix(".")) }
    }
}
