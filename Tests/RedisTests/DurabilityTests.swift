import Redis
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(1))) struct DurabilityTests {
    let append = RedisScript(name: "append", source: "return redis.call('RPUSH', KEYS[1], ARGV[1])")

    /// Redis 7.2 and later prove it by WAITAOF.
    private func hasWaitAOF(_ server: TemporaryRedis) async throws -> Bool {
        let version = try #require(try await server.client().serverFacts().version)
        let numbers = version.split(separator: ".").compactMap { Int($0) }
        return numbers.lexicographicallyPrecedes([7, 2]) == false
    }

    private func start(fsync: String, _ more: [String] = []) async throws -> TemporaryRedis {
        try await TemporaryRedis.start(.init(appendOnly: true, arguments: ["--appendfsync", fsync] + more))
    }

    @Test func `a write under appendfsync always is on disk when it returns`() async throws {
        let server = try await start(fsync: "always")
        let client = server.client()
        let (reply, durability) = try await client.runDurably(
            append, keys: ["a"], arguments: ["x"], timeout: .seconds(2))
        #expect(try reply.int() == 1)
        let proof: Durability.Proof = try await hasWaitAOF(server) ? .waitAOF : .alwaysFsync
        #expect(durability == Durability(proof: proof, isSatisfied: true, replicas: 0))
        #expect(try await client.waitForDurability(replicas: 0, timeout: .seconds(2)) == durability)
        try await server.kill9()
        try await server.restart()
        #expect(try await client.send(["LRANGE", "a", 0, -1]).strings() == ["x"])
    }

    @Test func `without fsync and replicas a write is not durable, and the result says so`() async throws {
        let server = try await TemporaryRedis.start()
        let client = server.client()
        let none = Durability(proof: .none, isSatisfied: false, replicas: 0)
        let (reply, durability) = try await client.runDurably(
            append, keys: ["a"], arguments: ["x"], timeout: .seconds(2))
        #expect(try reply.int() == 1)
        #expect(durability == none)
        #expect(try await client.waitForDurability(replicas: 0, timeout: .milliseconds(1)) == none)
    }

    @Test func `replicas count when they have it, and are missed after the timeout`() async throws {
        let server = try await start(fsync: "everysec")
        let client = server.client()
        let replica = try await TemporaryRedis.start(
            .init(arguments: ["--replicaof", "127.0.0.1 \(server.port)"]))
        try await eventually("the replica follows", within: .seconds(10)) {
            try await client.serverFacts().replicas.first?.state == "online"
        }
        guard try await !hasWaitAOF(server) else { return }
        let (_, held) = try await client.runDurably(
            append, keys: ["a"], arguments: ["x"], replicas: 1, timeout: .seconds(5))
        #expect(held == Durability(proof: .replicas, isSatisfied: true, replicas: 1))
        let (_, missed) = try await client.runDurably(
            append, keys: ["a"], arguments: ["y"], replicas: 2, timeout: .milliseconds(50))
        #expect(missed == Durability(proof: .replicas, isSatisfied: false, replicas: 1))
        #expect(try await replica.client().send(["LRANGE", "a", 0, -1]).strings() == ["x", "y"])
    }

    @Test func `a durable write holds up no other command`() async throws {
        let server = try await TemporaryRedis.start()
        let client = server.client()
        async let durable = client.runDurably(
            append, keys: ["a"], arguments: ["x"], replicas: 1, timeout: .milliseconds(700))
        try await eventually("the durable write waits") {
            try await client.send(["INFO", "clients"]).string().contains("blocked_clients:1")
        }
        #expect(try await client.send(["LLEN", "a"]).int() == 1)
        #expect(try await durable.durability.isSatisfied == false)
    }

    @Test func `a forgotten script is loaded again, and a refusing one throws`() async throws {
        let server = try await start(fsync: "always")
        let client = server.client()
        for count in 1...3 {
            let (reply, durability) = try await client.runDurably(
                append, keys: ["a"], arguments: ["x"], timeout: .seconds(2))
            #expect(try reply.int() == count)
            #expect(durability.isSatisfied)
            try await client.send(["SCRIPT", "FLUSH"]).ok()
        }
        try await client.send(["SET", "text", "x"]).ok()
        await #expect(throws: RedisError.self) {
            try await client.runDurably(append, keys: ["text"], arguments: ["x"], timeout: .seconds(2))
        }
    }

    @Test func `a connection lost during the wait leaves it open whether the write is durable`() async throws {
        let server = try await TemporaryRedis.start()
        let client = server.client()
        let task = Task {
            try await client.runDurably(append, keys: ["a"], arguments: ["x"], replicas: 1, timeout: .seconds(30))
        }
        try await eventually("the durable write waits") {
            try await client.send(["INFO", "clients"]).string().contains("blocked_clients:1")
        }
        try await server.kill9()
        await #expect(throws: RedisError.connectionLost(server.address, mayHaveRun: true)) { try await task.value }
    }
}
