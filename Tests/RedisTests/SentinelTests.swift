import Redis
import Synchronization
import TestSupport
import Testing

/// Three real sentinels, two real servers. One after the other: an election needs its share of a small machine.
@Suite(.serialized, .timeLimit(.minutes(1))) struct SentinelTests {
    /// A primary with one replica, and sentinels that know both.
    private struct Group {
        let first: TemporaryRedis
        let second: TemporaryRedis
        let sentinels: TemporarySentinels

        init() async throws {
            first = try await TemporaryRedis.start()
            let second = try await TemporaryRedis.start(
                .init(arguments: ["--replicaof", "127.0.0.1 \(first.port)"]))
            let primary = first.client()
            let replica = second.client()
            // "online" comes before the stream of commands does; a write that arrives shows that it flows.
            try await eventually("the replica follows", within: .seconds(10)) {
                _ = try await primary.send(["INCR", "seen"])
                return try await replica.send(["GET", "seen"]) != .null
            }
            self.second = second
            sentinels = try await TemporarySentinels.start(3, watching: first, replicas: 1)
        }

        var patience: RedisOptions {
            var options = RedisOptions()
            options.waitForConnection = .seconds(20)
            options.longestReconnectDelay = .milliseconds(200)
            return options
        }
    }

    /// Appends numbers until it is stopped.
    private final class Stream: Sendable {
        private struct State {
            var written: [Int] = []
            var failed: [RedisError] = []
            var stopped = false
        }
        private let state = Mutex(State())

        var count: Int { state.withLock { $0.written.count } }
        var written: [Int] { state.withLock { $0.written } }
        var failed: [RedisError] { state.withLock { $0.failed } }
        func stop() { state.withLock { $0.stopped = true } }

        func run(_ client: RedisClient) async {
            var number = 0
            while !state.withLock({ $0.stopped }) {
                do throws(RedisError) {
                    _ = try await client.send(["RPUSH", "numbers", .integer(number)])
                    let done = number
                    state.withLock { $0.written.append(done) }
                } catch {
                    state.withLock { $0.failed.append(error) }
                }
                number += 1
            }
        }
    }

    @Test func `after kill -9 of the primary everything goes on by itself, with little lost`() async throws {
        let group = try await Group()
        let client = RedisClient(address: group.sentinels.address, options: group.patience, logger: .quiet)
        let reader = client.blockingReader()
        let subscription = RedisSubscription(
            address: group.sentinels.address, channels: ["news"], options: group.patience, logger: .quiet)
        var events = subscription.makeAsyncIterator()
        #expect(await events.next() == .subscribed)
        let stream = Stream()
        async let running: Void = stream.run(client)
        // A stream that nobody stops would keep a failed test from ending.
        defer { stream.stop() }
        try await eventually("the stream flows") { stream.count > 500 }
        let blocked = Task { try await reader.pop(from: ["nothing"], timeout: .seconds(60)) == nil }
        try await eventually("a read blocks") {
            try await group.first.client().send(["INFO", "clients"]).string().contains("blocked_clients:1")
        }
        let started = ContinuousClock.now
        try await group.first.kill9()
        let before = stream.count
        try await eventually("the stream flows again", within: .seconds(20)) { stream.count > before + 500 }
        let outage = ContinuousClock.now - started
        stream.stop()
        await running

        let lost = try await lost(from: stream, on: group.second)
        print("failover: \(outage) until 500 more writes; \(lost) of \(before) lost; \(stream.failed.count) failed")
        #expect(lost <= 50)
        // One command was on its way; the others waited for the new primary.
        #expect(stream.failed.count <= 3)
        #expect(outage < .seconds(20))
        // The read that blocked at the dead primary has ended, too.
        await #expect(throws: RedisError.self) { try await blocked.value }
        #expect(await events.next() == .subscribed)
        _ = try await client.pipeline([["PUBLISH", "news", "x"], ["RPUSH", "wake", "up"]])
        #expect(await events.next() == .message(RedisMessage(channel: "news", payload: Array("x".utf8))))
        #expect(try await reader.pop(from: ["wake"], timeout: .seconds(5))?.element == Array("up".utf8))
        await client.close()
    }

    @Test func `a planned failover, with both servers alive, is followed too`() async throws {
        let group = try await Group()
        let client = RedisClient(address: group.sentinels.address, options: group.patience, logger: .quiet)
        let stream = Stream()
        async let running: Void = stream.run(client)
        // A stream that nobody stops would keep a failed test from ending.
        defer { stream.stop() }
        try await eventually("the stream flows") { stream.count > 100 }
        let sentinel = group.sentinels.client(of: group.sentinels.hosts[0])
        try await sentinel.send(["SENTINEL", "FAILOVER", .text(group.sentinels.name)]).ok()
        try await eventually("the second server is the primary", within: .seconds(15)) {
            // The sentinels end all connections of a server whose role they change.
            (try? await group.second.client().serverFacts().role) == .primary
        }
        try await eventually("the second server is written to", within: .seconds(15)) {
            (try? await group.second.client().send(["LINDEX", "numbers", -1]).optionalString())
                == "\(stream.written.last ?? -1)"
        }
        let count = stream.count
        try await eventually("the stream flows on", within: .seconds(15)) { stream.count > count + 100 }
        stream.stop()
        await running
        let lost = try await lost(from: stream, on: group.second)
        // What the old primary took after the promotion, before the sentinels told of it, is lost: no client can know.
        print("planned failover: \(lost) of \(stream.count) lost; \(stream.failed.count) failed")
        await client.close()
    }

    /// How many writes succeeded and are gone.
    private func lost(from stream: Stream, on server: TemporaryRedis) async throws -> Int {
        let numbers = try await server.client().send(["LRANGE", "numbers", 0, -1]).strings()
        return Set(stream.written).subtracting(numbers.compactMap { Int($0) }).count
    }

    private func sentence(_ address: RedisAddress) async throws -> String {
        var options = RedisOptions()
        options.waitForConnection = .seconds(1)
        let client = RedisClient(address: address, options: options, logger: .quiet)
        let error = await #expect(throws: RedisError.self) { try await client.send(["PING"]) }
        await client.close()
        return error.map { "\($0)" } ?? ""
    }

    @Test func `the next sentinel is asked when one is silent or is none, and what fails is told`() async throws {
        let primary = try await TemporaryRedis.start()
        let sentinels = try await TemporarySentinels.start(1, watching: primary, replicas: 0, password: "hush")
        let host = sentinels.hosts[0]
        let base = "redis+sentinel://127.0.0.1:1,127.0.0.1:\(primary.port),\(host)"
        let client = RedisClient(address: try RedisAddress("\(base)/main/2?sentinel_password=hush"), logger: .quiet)
        try await client.send(["SET", "a", "b"]).ok()
        #expect(try await primary.client(database: 2).send(["GET", "a"]).string() == "b")

        let closed = try await sentence(try RedisAddress("redis+sentinel://\(host)/main"))
        #expect(
            closed.hasPrefix(
                "The sentinel at \(host) does not tell the primary of 'main': it requires a password. Set "))
        let silent = try await sentence(try RedisAddress("redis+sentinel://127.0.0.1:1,127.0.0.1:2/main"))
        #expect(
            silent == """
                No sentinel answers for 'main' (127.0.0.1:1: connection refused; 127.0.0.1:2: connection refused). \
                Start redis-sentinel there, or set REDIS_URL.
                """)
        let unknown = try await sentence(
            try RedisAddress("redis+sentinel://127.0.0.1:1,\(host)/mian?sentinel_password=hush"))
        #expect(unknown.hasSuffix("know no primary called 'mian'. Correct the name in REDIS_URL."))
        let refused = try await sentence(
            try RedisAddress("redis+sentinel://:wrong@\(host)/main?sentinel_password=hush"))
        #expect(refused.contains("refused the password. Set REDIS_URL to redis+sentinel://:PASSWORD@\(host)/main/0"))
        try await primary.kill9()
        let dead = try await sentence(sentinels.address)
        #expect(
            dead.hasPrefix(
                "The sentinels name 127.0.0.1:\(primary.port) as primary of 'main', which cannot be reached: "))
    }

    @Test func `a server that is named but is a replica is not used`() async throws {
        let primary = try await TemporaryRedis.start()
        let sentinels = try await TemporarySentinels.start(1, watching: primary, replicas: 0)
        let other = try await TemporaryRedis.start()
        try await primary.client().send(["REPLICAOF", "127.0.0.1", .integer(other.port)]).ok()
        let text = try await sentence(sentinels.address)
        #expect(text.hasSuffix("as primary of 'main', which is still a replica. Wait for the failover."), "\(text)")
    }
}
