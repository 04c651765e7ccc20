import Foundation
import JobQueue
import Redis
import TestSupport
import Testing

/// ops/redis/flotilla.acl grants what the code uses without the bridge to Celery, flotilla-celery.acl what it uses with
/// it, and neither any more.
@Suite(.serialized) struct AccessProfileTests {
    private static let top = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let profile = top.appending(path: "ops/redis/flotilla.acl")
    /// With the folders whose commands each grants.
    private static let profiles = [
        ("flotilla", ["Redis", "JobQueue", "Exchange"]),
        ("flotilla-celery", ["Redis", "JobQueue", "Exchange", "CeleryBridge"]),
    ]

    /// A server with the profile, and its user with a password.
    private func start(
        _ profile: String = "flotilla", user: String = "flotilla"
    ) async throws -> (server: TemporaryRedis, address: RedisAddress) {
        let path = Self.top.appending(path: "ops/redis/\(profile).acl").path
        let server = try await TemporaryRedis.start(.init(arguments: ["--aclfile", path]))
        try await server.client().send(["ACL", "SETUSER", .text(user), ">secret"]).ok()
        return (server, RedisAddress(endpoint: server.address.endpoint, user: user, password: "secret"))
    }

    /// What older servers refuse in a profile, what is granted only on purpose, what needs no grant, an error code, and
    /// a signal.
    private static let exceptions: Set<String> = ["waitaof", "config", "auth", "sentinel", "readonly", "quit"]

    /// The commands that occur as a text in the modules that speak to Redis, and where.
    private func used(in modules: [String], known: Set<String>) throws -> [String: String] {
        let swift = try Regex(#""([A-Z]{3,})""#)
        let lua = try Regex(#"redis\.p?call\(\s*'([A-Z]+)'"#)
        var found: [String: String] = [:]
        for folder in modules.map({ "Sources/" + $0 }) {
            let files = FileManager.default.enumerator(atPath: Self.top.appending(path: folder).path)
            while let path = files?.nextObject() as? String {
                guard let pattern = path.hasSuffix(".swift") ? swift : path.hasSuffix(".lua") ? lua : nil else {
                    continue
                }
                let text = try String(contentsOf: Self.top.appending(path: folder + "/" + path), encoding: .utf8)
                for match in text.matches(of: pattern) {
                    let name = match[1].substring?.lowercased() ?? ""
                    if known.contains(name) { found[name] = path }
                }
            }
        }
        return found
    }

    @Test(arguments: profiles)
    func `every command in the sources is granted, and nothing else`(
        _ profile: String, _ modules: [String]
    ) async throws {
        let server = try await TemporaryRedis.start()
        let known = Set(try await server.client().send(["COMMAND", "LIST"]).strings()).union(["waitaof"])
        let used = try used(in: modules, known: known).filter { !Self.exceptions.contains($0.key) }
            // The encoder spells it, word by word.
            .merging(["evalsha": "Redis/RequestEncoding.swift"]) { first, _ in first }
        let path = Self.top.appending(path: "ops/redis/\(profile).acl")
        let words = try String(contentsOf: path, encoding: .utf8).split(whereSeparator: \.isWhitespace)
        let granted = Set(words.filter { $0.hasPrefix("+") }.map { String($0.dropFirst().prefix { $0 != "|" }) })
        let missing = used.filter { !granted.contains($0.key) }
        #expect(missing.isEmpty, "not granted in ops/redis/\(profile).acl: \(missing)")
        #expect(granted.subtracting(used.keys).isEmpty, "granted and not used: \(granted.subtracting(used.keys))")
        #expect(used.count > 30)
    }

    @Test func `a job lives its whole life as this user`() async throws {
        let (server, address) = try await start()
        defer { withExtendedLifetime(server) {} }
        let client = RedisClient(address: address, logger: .quiet)
        let broker = Broker(redis: client)
        let queue = try QueueName("lane")
        var random = SeededRandom(seed: 1)
        let worker = WorkerID(host: "host", pid: 1, using: &random)
        try await broker.claims.join(queue, as: worker, lease: .seconds(30))
        try await broker.enqueue((0..<4).map { _ in NewJob(kind: try JobKind("test.kind"), queue: queue) })
        let answer = try await broker.claims.fetch(from: queue, for: worker, limit: 4)
        let jobs = if case .jobs(let jobs) = answer { jobs } else { [LeasedJob]() }
        try #require(jobs.count == 4)
        #expect(try await broker.claims.acknowledge([Completion(jobs[0])]) == [true])
        let soon = try await broker.clock.now() + 20
        _ = try await broker.claims.retry(jobs[1], at: soon, because: JobFailure(type: "T", message: "m", at: 0))
        _ = try await broker.claims.postpone(jobs[2], until: 0, because: "limit")
        _ = try await broker.claims.deadLetter(jobs[3], because: JobFailure(type: "T", message: "m", at: 0))
        try await eventually("the retry is promoted") { try await broker.maintenance.promoteDue(in: queue) == 1 }
        _ = try await broker.maintenance.rescueExpired(in: queue, maxCrashes: 3)
        _ = try await broker.maintenance.takeMaintenance(as: worker, for: .seconds(1))
        try await broker.pause(queue, for: .seconds(1), reason: "test")
        _ = try await broker.resume(queue)
        _ = try await broker.maintenance.sweepFinished(in: queue, olderThan: .zero)
        let inspector = QueueInspector(broker: broker)
        #expect(try await inspector.queues() == [queue])
        let dead = try await inspector.jobs(in: queue, state: .dead, limit: 10)
        #expect(try await broker.deadLetters.requeueDead(dead, in: queue) == 1)
        _ = try await broker.cancel(jobs[1].id, in: queue)
        _ = try await inspector.counts(of: queue)
        let lease = LeaderLease(broker: broker, holder: "here", lease: .seconds(5))
        #expect(try await lease.lead() != nil)
        try await lease.resign()
        try await broker.claims.leave(queue, as: worker)
        _ = try await client.blockingReader().pop(from: [QueueKeys().of(queue).wake], timeout: .milliseconds(1))
        _ = try await client.serverFacts()
        let script = RedisScript(name: "set", source: "return redis.call('SET', KEYS[1], 'x')")
        _ = try await client.runDurably(script, keys: [QueueKeys().leader], arguments: [], timeout: .milliseconds(10))
    }

    @Test(arguments: [
        ["FLUSHALL"], ["KEYS", "*"], ["CONFIG", "GET", "*"], ["CONFIG", "SET", "save", ""],
        ["EVAL", "return 1", "0"],
        ["ACL", "LIST"], ["SHUTDOWN"], ["REPLICAOF", "NO", "ONE"], ["CLIENT", "LIST"], ["SCRIPT", "FLUSH"],
        ["GET", "other"], ["SET", "flotill:x", "y"], ["SUBSCRIBE", "other"],
    ])
    func `what the fleet does not need is refused`(_ words: [String]) async throws {
        let (server, address) = try await start()
        defer { withExtendedLifetime(server) {} }
        let client = RedisClient(address: address, logger: .quiet)
        await #expect {
            try await client.send(RedisCommand(words.map { RedisWord($0) }))
        } throws: {
            if case RedisError.noPermission = $0 { true } else { false }
        }
    }

    @Test func `with Celery's keys the fleet reaches its lists, and no others`() async throws {
        let (server, address) = try await start("flotilla-celery")
        defer { withExtendedLifetime(server) {} }
        let client = RedisClient(address: address, logger: .quiet)
        for key in ["celery", "celery\u{06}\u{16}3", "celery-task-meta-1", "_kombu.binding.celery", "unacked"] {
            _ = try await client.send(["EXISTS", .text(key)])
        }
        _ = try await client.send(["PUBLISH", "/0.celeryev/task.multi", "x"])
        await #expect(throws: RedisError.self) { try await client.send(["LLEN", "other"]) }
        await #expect(throws: RedisError.self) { try await client.send(["PUBLISH", "/1.celeryev/task.multi", "x"]) }
    }

    @Test func `Celery's clients reach their own keys and nothing of the fleet's`() async throws {
        let (server, address) = try await start("celery", user: "celery")
        defer { withExtendedLifetime(server) {} }
        let client = RedisClient(address: address, logger: .quiet)
        _ = try await client.send(["LPUSH", "celery", "x"])
        _ = try await client.send(["SETEX", "celery-task-meta-1", 5, "x"])
        _ = try await client.send(["PUBLISH", "/0.celery.pidbox", "x"])
        for key in ["flotilla:{scheduler}:versions", "market_data:x"] {
            await #expect(throws: RedisError.self) { try await client.send(["GET", .text(key)]) }
        }
        for words in [["FLUSHALL"], ["CONFIG", "GET", "*"], ["EVAL", "return 1", "0"], ["KEYS", "*"]] {
            await #expect(throws: RedisError.self) { try await client.send(RedisCommand(words.map { RedisWord($0) })) }
        }
    }

    @Test func `nobody logs in before a password is set`() async throws {
        let server = try await TemporaryRedis.start(.init(arguments: ["--aclfile", Self.profile.path]))
        let address = RedisAddress(endpoint: server.address.endpoint, user: "flotilla", password: "")
        let guess = RedisAddress(endpoint: server.address.endpoint, user: "flotilla", password: "flotilla")
        for address in [address, guess] {
            let client = RedisClient(address: address, logger: .quiet)
            await #expect(throws: RedisError.self) { try await client.send(["GET", "flotilla:x"]) }
        }
    }
}
