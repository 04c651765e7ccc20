import Redis
import Testing

@testable import JobQueue

/// What jobs hold beside their place, broken by hand: the auditor must find it, and nothing else.
@Suite struct LinksAuditTests {
    let bench: QueueBench
    private var auditor: QueueAuditor { QueueAuditor(broker: bench.broker, jobsPerPass: 3) }
    private var keys: KeysOfQueue { bench.keys }

    /// A queue with a job aside for every reason: `crash` has seen a worker die, `parent` waits for `child`, `parked`
    /// waits at a gate, `next` waits for `first`, which runs and has the same concurrency key.
    init() async throws {
        bench = try await QueueBench()
        try await bench.broker.enqueue(try bench.job("crash"))
        _ = try await bench.fetch(for: bench.w2)
        try await bench.expire(bench.w2)
        _ = try await bench.broker.maintenance.rescueExpired(in: bench.queue, maxCrashes: 2)
        try await bench.broker.enqueue(try ["parent", "parked"].map { try bench.job($0) })
        guard
            case .jobs(let jobs) = try await bench.broker.claims.fetch(
                from: bench.queue, for: bench.w1, limit: 2, takesCrashed: false)
        else { return }
        let completion = Completion(jobs[0], output: JobOutput(children: [try bench.job("child")], batch: BatchPlan()))
        _ = try await bench.broker.claims.acknowledge([completion])
        _ = try await bench.broker.claims.park(jobs[1], at: .kind(try JobKind("k"), version: 2), because: "r")
        var capped = try ["first", "next"].map { try bench.job($0, priority: 1) }
        for index in capped.indices { capped[index].options.concurrencyKey = "c" }
        capped[0].options.uniqueKey = "u"
        try await bench.broker.enqueue(capped)
        _ = try await bench.broker.claims.fetch(from: bench.queue, for: bench.w1, limit: 2, takesCrashed: false)
    }

    private func edit(_ words: RedisWord...) async throws { _ = try await bench.redis.send(RedisCommand(words)) }

    private func member(of id: String) async throws -> String {
        try await bench.redis.send(["HGET", .text(keys.locks), .text("a:\(id)")]).string()
    }

    private func expect(
        _ rule: AuditRule, _ id: String?, _ seen: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let report = try await auditor.audit()
        #expect(
            report.findings == [AuditFinding(rule: rule, queue: "q", id: id, seen: seen)], "\(report.findings)",
            sourceLocation: sourceLocation)
        #expect(report.untold.isEmpty, sourceLocation: sourceLocation)
    }

    @Test(arguments: [1, 3, 100_000])
    func `a sound queue has no findings however many passes it takes`(_ jobsPerPass: Int) async throws {
        let aside = try await bench.redis.send(["ZCARD", .text(keys.parked)]).int()
        #expect(aside == 4)
        let report = try await QueueAuditor(broker: bench.broker, jobsPerPass: jobsPerPass).audit()
        #expect(report.findings.isEmpty)
        #expect(report.queues == 1 && report.jobs == 6 && report.moved == 0 && report.untold.isEmpty)
    }

    @Test(arguments: ["crash", "parent", "parked", "next"])
    func `a job that is parked and not in the index is found`(_ id: String) async throws {
        let member = try await member(of: id)
        try await edit("HDEL", .text(keys.locks), .text("a:\(id)"))
        try await expect(.links, nil, "'\(member)' is parked and has no entry in links")
    }

    @Test func `an entry of the index that says another place is found`() async throws {
        let member = try await member(of: "next")
        try await edit("HSET", .text(keys.locks), "a:next", "crashed 000000000077 next")
        let report = try await auditor.audit()
        #expect(report.findings.map(\.rule) == [.links, .links])
        #expect(
            report.findings.map(\.seen) == [
                "'a:next' says 'crashed 000000000077 next', which is not aside",
                "'\(member)' is parked and has no entry in links",
            ])
    }

    @Test(arguments: ["crash", "parent", "parked", "next"])
    func `a job that fell out of aside is lost`(_ id: String) async throws {
        let (member, stateCode) = (try await member(of: id), id == "parent" ? "W" : "w")
        try await edit("ZREM", .text(keys.parked), .text(member))
        let report = try await auditor.audit()
        #expect(report.findings.map(\.rule) == [.lost, .links])
        #expect(report.findings.first?.id == id)
        #expect(report.findings.first?.seen == "a record that says '\(stateCode)', in no place")
        #expect(report.findings.last?.seen == "'a:\(id)' says '\(member)', which is not aside")
    }

    @Test func `a job that is parked and in line is found`() async throws {
        try await edit("RPUSH", .text(keys.ready), "parked")
        try await expect(.twofold, "parked", "a record that says 'w', in ready and aside")
    }

    @Test func `an id without a record that is parked is found`() async throws {
        try await edit("ZADD", .text(keys.parked), 0, "kind=k@2 000000000099 ghost")
        try await edit("HSET", .text(keys.locks), "a:ghost", "kind=k@2 000000000099 ghost")
        try await expect(.recordless, "ghost", "no record, in aside")
    }

    @Test func `a finished job that is parked is found`() async throws {
        let text = try await bench.redis.send(["HGET", .text(keys.jobs), "parked"]).string()
        try await edit("HSET", .text(keys.jobs), "parked", .text("1S" + text.dropFirst(2)))
        try await expect(.stateCode, "parked", "a record that says 'S', in aside")
    }

    @Test func `a job that counts as running for its key and does not run is found`() async throws {
        try await edit("HSET", .text(keys.locks), "c:c", "first next")
        try await expect(.links, nil, "job next counts as running for 'c' and does not run")
    }

    @Test func `a job that waits without a batch is found`() async throws {
        let member = try await member(of: "parent")
        try await edit("DEL", .text(keys.batch(try JobID("parent"))))
        try await expect(.links, nil, "'\(member)' is parked and has no batch")
    }

    @Test(arguments: ["links", "aside", "notices", "expiring", "batch:parent"])
    func `a key of a wrong type is found`(_ name: String) async throws {
        let key = QueueKeys().prefix + "{q}:" + name
        try await edit("SET", .text(key), 1)
        let report = try await auditor.audit()
        #expect(report.findings.map(\.rule) == [.key])
        #expect(report.findings.first?.id == key)
    }

    @Test func `a queue at work has no findings`() async throws {
        let reports = try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in [bench.w1, WorkerID(unchecked: "w3")] {
                group.addTask { try await Self.work(bench, as: worker, rounds: 60) }
            }
            var reports: [AuditReport] = []
            for _ in 0..<10 { reports.append(try await QueueAuditor(broker: bench.broker, jobsPerPass: 100).audit()) }
            try await group.waitForAll()
            return reports
        }
        #expect(reports.flatMap(\.findings).isEmpty, "\(reports.flatMap(\.findings))")
        #expect(try await auditor.audit().isClean)
    }

    /// Uses everything that jobs can hold, and lets workers die.
    private static func work(_ bench: QueueBench, as first: WorkerID, rounds: Int) async throws {
        var worker = first
        let gate = Gate.kind(try JobKind("k"), version: 2)
        try await bench.broker.claims.join(bench.queue, as: worker, lease: .seconds(600))
        for round in 0..<rounds {
            var jobs = try (0..<8).map { try bench.job("\(first)-\(round)-\($0)", priority: $0 % 4 == 0 ? 1 : 0) }
            for index in [1, 2, 3] { jobs[index].options.concurrencyKey = "c\(round % 3)" }
            for index in [3, 4, 5] { jobs[index].options.uniqueKey = "u\(round % 5)" }
            jobs[5].options.coalesces = true
            try await bench.broker.enqueue(jobs)
            _ = try await bench.broker.cancel(try JobID("\(first)-\(round)-2"), in: bench.queue)
            var fetched = try await bench.fetch(8, for: worker)
            if case .jobs(let more) = try await bench.broker.claims.fetchParked(
                at: gate, from: bench.queue, for: worker, limit: 1)
            {
                fetched += more
            }
            for job in fetched {
                let children = [try bench.job(), try bench.job()]
                let completion = Completion(
                    job, output: JobOutput(children: children, batch: BatchPlan(onFailure: .goOn)))
                switch job.id.description.utf8.reduce(0, { $0 + Int($1) }) % 6 {
                case 0: _ = try await bench.broker.claims.retry(job, at: 0, because: bench.failure())
                case 1: _ = try await bench.broker.claims.postpone(job, until: 0, because: "r")
                case 2: _ = try await bench.broker.claims.park(job, at: gate, because: "r")
                case 3 where job.isChildOfBatch == false: _ = try await bench.broker.claims.acknowledge([completion])
                default: _ = try await bench.broker.claims.acknowledge([Completion(job)])
                }
            }
            try await bench.broker.maintenance.promoteDue(in: bench.queue)
            try await bench.broker.maintenance.admitHeld(in: bench.queue)
            guard round % 20 == 19 else { continue }
            _ = try await bench.broker.claims.fetch(from: bench.queue, for: worker, limit: 8)
            try await bench.expire(worker)
            _ = try await bench.broker.maintenance.rescueExpired(in: bench.queue, maxCrashes: 3)
            worker = WorkerID(unchecked: "\(first)-\(round)")
            try await bench.broker.claims.join(bench.queue, as: worker, lease: .seconds(600))
        }
    }
}
