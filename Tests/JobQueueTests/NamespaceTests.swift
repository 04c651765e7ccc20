import Redis
import TestSupport
import Testing

@testable import JobQueue

/// Two fleets on one Redis, in one database or in two.
@Suite struct NamespaceTests {
    private static func client(_ server: TemporaryRedis, _ name: String, database: Int = 0) throws -> RedisClient {
        var options = RedisOptions()
        options.namespace = try #require(RedisNamespace(name))
        return server.client(options, database: database)
    }

    @Test func `two namespaces in one database share no key`() async throws {
        let server = try await TemporaryRedis.start()
        let (first, second) = (try Self.client(server, "one"), try Self.client(server, "two"))
        let (a, b) = (try await QueueBench(redis: first), try await QueueBench(redis: second))
        for bench in [a, b] { try await bench.broker.enqueue(try bench.job("same")) }
        _ = try await a.broker.cancel(try JobID("same"), in: a.queue)
        #expect(try await a.state(of: try JobID("same")) == .cancelled)
        #expect(try await b.state(of: try JobID("same")) == .ready)
        #expect(try await QueueAuditor(broker: b.broker).audit().findings.isEmpty)
        let keys = try await first.send(["KEYS", "*"]).strings()
        #expect(keys.contains { $0.hasPrefix("one:1:{q}:") } && keys.contains { $0.hasPrefix("two:1:{q}:") })
        #expect(keys.allSatisfy { $0.hasPrefix("one:1:") || $0.hasPrefix("two:1:") }, "\(keys)")
    }

    @Test func `channels tell databases and namespaces apart`() throws {
        let names = [
            QueueKeys().cancellations, QueueKeys(database: 1).cancellations,
            QueueKeys(try #require(RedisNamespace("two"))).cancellations,
        ]
        #expect(Set(names).count == 3)
    }

    @Test(arguments: ["", " ", "a b", "a:b", "{a}", "a*", "a?", "[a]", "a\\", "-a", ".a", "ä", "a\n", "a\u{0}"])
    func `a name that patterns, hash tags or other namespaces would read is refused`(name: String) {
        #expect(RedisNamespace(name) == nil)
    }

    @Test func `the length of a name is bounded`() {
        #expect(RedisNamespace(String(repeating: "a", count: 40)) != nil)
        #expect(RedisNamespace(String(repeating: "a", count: 41)) == nil)
    }
}
