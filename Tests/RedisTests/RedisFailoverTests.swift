import Redis
import TestSupport
import Testing

/// A plain address behind which the server changes: DNS and proxies after a failover, restarts, killed connections.
@Suite(.serialized, .timeLimit(.minutes(1))) struct RedisFailoverTests {
    private func replica(of primary: TemporaryRedis, _ more: [String] = []) async throws -> TemporaryRedis {
        let replica = try await TemporaryRedis.start(
            .init(arguments: ["--replicaof", "127.0.0.1 \(primary.port)"] + more))
        try await eventually("the replica follows", within: .seconds(10)) {
            try await primary.client().serverFacts().replicas.first?.state == "online"
        }
        return replica
    }

    @Test func `READONLY is told, costs no other command its reply, and leads to the new primary`() async throws {
        let primary = try await TemporaryRedis.start()
        let replica = try await replica(of: primary)
        let proxy = try await FaultProxy.start(for: replica.tcpAddress)
        let client = RedisClient(address: proxy.address, logger: .quiet)
        _ = try await client.send(["PING"])
        proxy.point(at: primary.tcpAddress)
        let failures = try await withThrowingTaskGroup(of: RedisError?.self) { group in
            for number in 0..<300 {
                group.addTask {
                    do throws(RedisError) {
                        _ = try await client.send(number == 150 ? ["SET", "a", "b"] : ["GET", "a"])
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            return try await group.reduce(into: [RedisError]()) { if let error = $1 { $0.append(error) } }
        }
        #expect(failures == [.readOnly(proxy.address)])
        try await client.send(["SET", "a", "b"]).ok()
        #expect(proxy.acceptedCount == 2)
    }

    @Test func `READONLY inside a pipeline and a script has the same effect`() async throws {
        let primary = try await TemporaryRedis.start()
        let replica = try await replica(of: primary)
        let script = RedisScript(name: "set", source: "return redis.call('SET', KEYS[1], 'x')")
        for useScript in [true, false] {
            let proxy = try await FaultProxy.start(for: replica.tcpAddress)
            let client = RedisClient(address: proxy.address, logger: .quiet)
            _ = try await client.send(["PING"])
            proxy.point(at: primary.tcpAddress)
            if useScript {
                await #expect(throws: RedisError.readOnly(proxy.address)) {
                    try await client.run(script, keys: ["a"], arguments: [])
                }
            } else {
                let replies = try await client.pipeline([["GET", "none"], ["SET", "a", "b"]])
                #expect(replies[0].isNull)
            }
            try await client.send(["SET", "a", "b"]).ok()
        }
    }

    @Test func `a client whose URL names a replica does not reconnect for each command`() async throws {
        let primary = try await TemporaryRedis.start()
        let replica = try await replica(of: primary)
        let proxy = try await FaultProxy.start(for: replica.tcpAddress)
        let client = RedisClient(address: proxy.address, logger: .quiet)
        for _ in 0..<50 {
            await #expect(throws: RedisError.readOnly(proxy.address)) { try await client.send(["SET", "a", "b"]) }
        }
        #expect(proxy.acceptedCount <= 3)
    }

    @Test func `MASTERDOWN makes the client look elsewhere`() async throws {
        let primary = try await TemporaryRedis.start()
        let replica = try await replica(of: primary, ["--replica-serve-stale-data", "no"])
        let other = try await TemporaryRedis.start()
        let proxy = try await FaultProxy.start(for: replica.tcpAddress)
        let client = RedisClient(address: proxy.address, logger: .quiet)
        _ = try await client.send(["PING"])
        proxy.point(at: other.tcpAddress)
        try await primary.kill9()
        try await eventually("the replica's data are stale") {
            do throws(RedisError) { return try await client.send(["GET", "a"]) == .simple("never") } catch {
                #expect(error == .primaryDown(proxy.address))
                return true
            }
        }
        try await client.send(["SET", "a", "b"]).ok()
        #expect(try await other.client().send(["GET", "a"]).string() == "b")
    }

    @Test func `a killed connection is replaced and the next command works`() async throws {
        let server = try await TemporaryRedis.start()
        let client = server.client()
        for _ in 0..<3 {
            let id = try await client.send(["CLIENT", "ID"]).int()
            _ = try await server.client().send(["CLIENT", "KILL", "ID", .integer(id)])
            try await eventually("the client has another connection") {
                (try? await client.send(["CLIENT", "ID"]).int()).map { $0 != id } ?? false
            }
        }
    }

    @Test func `a connection killed by the command itself fails that one only`() async throws {
        let server = try await TemporaryRedis.start()
        let client = server.client()
        let id = try await client.send(["CLIENT", "ID"]).int()
        await #expect(throws: RedisError.connectionLost(server.address, mayHaveRun: true)) {
            try await client.pipeline([
                ["CLIENT", "KILL", "ID", .integer(id), "SKIPME", "no"], ["BLPOP", "nothing", "1"],
            ])
        }
        #expect(try await client.send(["PING"]) == .simple("PONG"))
    }

    /// Takes 0.5 ms for each key, and every 1024 keys tells those who ask that it is loading.
    private func slowToLoad() async throws -> TemporaryRedis {
        try await TemporaryRedis.start(
            .init(appendOnly: true, arguments: ["--key-load-delay", "500", "--appendfsync", "always"]))
    }

    @Test func `a server that loads its data is waited for`() async throws {
        let server = try await slowToLoad()
        var options = RedisOptions()
        options.longestReconnectDelay = .milliseconds(100)
        let client = server.client(options)
        _ = try await client.pipeline((0..<4_000).map { ["SET", "key\($0)", "x"] })
        try await server.kill9()
        try await eventually("the client has noticed") { client.connectionState != .connected }
        async let value = client.send(["GET", "key3999"]).string()
        async let restarted: Void = server.restart()
        try await eventually("the client meets the loading server") {
            client.connectionState == .down(.loading(server.address))
        }
        #expect(try await value == "x")
        try await restarted
    }

    @Test func `a caller who cannot wait for the loading learns the reason`() async throws {
        let server = try await slowToLoad()
        _ = try await server.client().pipeline((0..<4_000).map { ["SET", "key\($0)", "x"] })
        try await server.kill9()
        async let restarted: Void = server.restart()
        var options = RedisOptions()
        options.waitForConnection = .milliseconds(800)
        try await eventually("a caller is told that the server loads") {
            do throws(RedisError) { _ = try await server.client(options).send(["PING"]) } catch {
                return error == .loading(server.address)
            }
            return false
        }
        try await restarted
    }
}
