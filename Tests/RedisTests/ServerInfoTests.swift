import Redis
import TestSupport
import Testing

@Suite struct ServerInfoTests {
    @Test func `a primary tells its settings and its replicas`() async throws {
        let server = try await TemporaryRedis.start(
            .init(
                appendOnly: true,
                arguments: [
                    "--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru", "--appendfsync", "always",
                ]))
        let replica = try await TemporaryRedis.start(
            .init(arguments: ["--replicaof", "127.0.0.1 \(server.port)"]))
        try await eventually("the replica is online", within: .seconds(10)) {
            try await server.client().serverFacts().replicas.first?.state == "online"
        }
        let facts = try await server.client().serverFacts()
        #expect(facts.version?.contains(".") == true)
        #expect((facts.maxMemory, facts.evictionPolicy, facts.evictedKeys) == (64 << 20, "allkeys-lru", 0))
        #expect(facts.usedMemory ?? 0 > 500_000)
        #expect((facts.appendOnly, facts.appendFsync, facts.lastAppendSucceeded) == (true, "always", true))
        #expect((facts.isLoading, facts.role, facts.configIsReadable) == (false, .primary, true))
        #expect(facts.replicas.map(\.place) == ["127.0.0.1:\(replica.port)"])
        #expect(facts.lastSnapshotSucceeded == true)
        #expect((facts.primaryLinkIsUp, facts.primary) == (nil, nil))
        #expect(facts.snapshotRule == "")
        #expect(facts.machineMemory ?? 0 > 64 << 20)
        let other = try await replica.client().serverFacts()
        #expect((other.role, other.primaryLinkIsUp, other.replicas) == (.replica, true, []))
        #expect((other.maxMemory, other.appendOnly) == (0, false))
        #expect(other.primary == "127.0.0.1:\(server.port)")
    }

    @Test func `without the right to CONFIG the rest is told`() async throws {
        let server = try await TemporaryRedis.start()
        _ = try await server.client().send(["ACL", "SETUSER", "ann", "on", ">secret", "+info"])
        let address = RedisAddress(endpoint: server.address.endpoint, user: "ann", password: "secret")
        let facts = try await RedisClient(address: address, logger: .quiet).serverFacts()
        #expect((facts.configIsReadable, facts.appendFsync, facts.snapshotRule) == (false, nil, nil))
        #expect((facts.appendOnly, facts.evictionPolicy) == (false, "noeviction"))
    }

    @Test func `without the right to INFO there is an error`() async throws {
        let server = try await TemporaryRedis.start()
        _ = try await server.client().send(["ACL", "SETUSER", "ann", "on", ">secret", "+get"])
        let address = RedisAddress(endpoint: server.address.endpoint, user: "ann", password: "secret")
        let client = RedisClient(address: address, logger: .quiet)
        await #expect {
            try await client.serverFacts()
        } throws: {
            if case RedisError.noPermission = $0 { true } else { false }
        }
    }
}
