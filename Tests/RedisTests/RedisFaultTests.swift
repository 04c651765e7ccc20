import Redis
import TestSupport
import Testing

/// What callers see when the server or the network fails.
@Suite struct RedisFaultTests {
    private func impatient(_ wait: Duration = .milliseconds(100)) -> RedisOptions {
        var options = RedisOptions()
        options.waitForConnection = wait
        return options
    }

    @Test func `a wrong password is told at once with the URL to set`() async throws {
        let server = try await TemporaryRedis.start(.init(password: "right"))
        let address = RedisAddress(endpoint: server.tcpAddress.endpoint, password: "wrong")
        let client = RedisClient(address: address, logger: .quiet)
        let error = await #expect(throws: RedisError.self) { try await client.send(["PING"]) }
        let place = "127.0.0.1:\(server.port)"
        #expect(
            error.map { "\($0)" }
                == "Redis at \(place) refused the password. Set REDIS_URL to redis://:PASSWORD@\(place)/0.")
        #expect(try await server.client().send(["PING"]) == .simple("PONG"))
    }

    @Test func `a missing password is told at once`() async throws {
        let server = try await TemporaryRedis.start(.init(password: "right"))
        let address = RedisAddress(endpoint: server.address.endpoint)
        let client = RedisClient(address: address, logger: .quiet)
        await #expect(throws: RedisError.passwordRequired(address)) { try await client.send(["PING"]) }
    }

    @Test func `a password that the server does not want is told`() async throws {
        let server = try await TemporaryRedis.start()
        let address = RedisAddress(endpoint: server.address.endpoint, password: "needless")
        let client = RedisClient(address: address, logger: .quiet)
        await #expect(throws: RedisError.wrongPassword(address)) { try await client.send(["PING"]) }
    }

    @Test func `an ACL user logs in by name`() async throws {
        let server = try await TemporaryRedis.start()
        _ = try await server.client().send(["ACL", "SETUSER", "ann", "on", ">secret", "~*", "+get"])
        let address = RedisAddress(endpoint: server.address.endpoint, user: "ann", password: "secret")
        let client = RedisClient(address: address, logger: .quiet)
        #expect(try await client.send(["GET", "missing"]).isNull)
        await #expect {
            try await client.send(["SET", "a", "b"])
        } throws: {
            if case RedisError.noPermission(address, _) = $0 { true } else { false }
        }
    }

    @Test func `a refused connection is told after the wait, with the place`() async throws {
        let address = try RedisAddress("redis://127.0.0.1:1/0")
        let client = RedisClient(address: address, options: impatient(.seconds(1)), logger: .quiet)
        let error = await #expect(throws: RedisError.self) { try await client.send(["PING"]) }
        #expect(error == .unreachable(address, reason: "connection refused"))
        #expect(client.connectionState == .down(.unreachable(address, reason: "connection refused")))
    }

    @Test(arguments: [("unix:///nowhere/r.sock", "socket file"), ("redis://no-such-host.invalid", "host name")])
    func `a place that does not exist is told`(_ url: String, _ reason: String) async throws {
        let client = RedisClient(address: try RedisAddress(url), options: impatient(.seconds(1)), logger: .quiet)
        await #expect {
            try await client.send(["PING"])
        } throws: {
            "\($0)".contains(reason)
        }
    }

    @Test func `a server that does not answer is told, and found once it does`() async throws {
        let server = try await TemporaryRedis.start()
        let proxy = try await FaultProxy.start(for: server.tcpAddress)
        proxy.pause()
        var options = impatient()
        options.connectTimeout = .milliseconds(50)
        let client = RedisClient(address: proxy.address, options: options, logger: .quiet)
        await #expect(throws: RedisError.self) { try await client.send(["PING"]) }
        proxy.resume()
        try await eventually("the client has reached the server") {
            (try? await client.send(["PING"])) == .simple("PONG")
        }
    }

    @Test func `a client finds the server again after kill -9 and restart`() async throws {
        let server = try await TemporaryRedis.start(.init(appendOnly: true, password: "secret"))
        let client = server.client(database: 2)
        try await client.send(["SET", "key", "kept"]).ok()
        try await server.kill9()
        try await eventually("the client has noticed") { client.connectionState != .connected }
        async let early = client.send(["GET", "key"]).string()
        try await server.restart()
        #expect(try await early == "kept")
        #expect(try await client.send(["GET", "key"]).string() == "kept")
    }

    @Test func `a command without a reply fails in time, and the next one gets its own reply`() async throws {
        let server = try await TemporaryRedis.start()
        var options = RedisOptions()
        options.commandTimeout = .milliseconds(100)
        let client = server.client(options)
        let error = await #expect(throws: RedisError.self) { try await client.send(["BLPOP", "nothing", "2"]) }
        #expect(error == .timedOut(server.address, after: .milliseconds(100)))
        #expect(error?.mayHaveRun == true)
        #expect(try await client.send(["ECHO", "own"]).string() == "own")
    }

    @Test func `a reply cut in the middle fails as possibly run, and is not tried again`() async throws {
        let server = try await TemporaryRedis.start()
        let proxy = try await FaultProxy.start(for: server.tcpAddress)
        let client = RedisClient(address: proxy.address, logger: .quiet)
        try await client.send(["SET", "big", .bytes([UInt8](repeating: 1, count: 100_000))]).ok()
        proxy.cut(afterReplyBytes: 5_000)
        await #expect(throws: RedisError.connectionLost(proxy.address, mayHaveRun: true)) {
            try await client.pipeline([["INCR", "counter"], ["GET", "big"]])
        }
        #expect(try await client.send(["GET", "counter"]).int() == 1)
        #expect(try await client.send(["GET", "big"]).bytes().count == 100_000)
        #expect(proxy.acceptedCount == 2)
    }

    @Test func `commands sent while the server is away run once it is back`() async throws {
        let server = try await TemporaryRedis.start()
        let proxy = try await FaultProxy.start(for: server.tcpAddress)
        let client = RedisClient(address: proxy.address, logger: .quiet)
        _ = try await client.send(["PING"])
        try await proxy.refuse()
        try await eventually("the client has noticed") { client.connectionState != .connected }
        async let one = client.send(["INCR", "counter"]).int()
        async let two = client.send(["INCR", "counter"]).int()
        try await proxy.accept()
        #expect(try await Set([one, two]) == [1, 2])
    }

    @Test func `waiting for a connection ends with the task`() async throws {
        let client = RedisClient(
            address: try RedisAddress("redis://127.0.0.1:1/0"), options: impatient(.seconds(60)), logger: .quiet)
        let task = Task { try await client.send(["PING"]) }
        try await eventually("the client is down") {
            if case .down = client.connectionState { true } else { false }
        }
        task.cancel()
        await #expect(throws: RedisError.cancelled) { try await task.value }
    }

    @Test func `closing ends the wait for a connection`() async throws {
        let client = RedisClient(
            address: try RedisAddress("redis://127.0.0.1:1/0"), options: impatient(.seconds(60)), logger: .quiet)
        let task = Task { try await client.send(["PING"]) }
        try await eventually("the client is down") {
            if case .down = client.connectionState { true } else { false }
        }
        await client.close()
        await #expect(throws: RedisError.closed) { try await task.value }
    }

    @Test func `a reply and a request beyond the limit are refused with the limit`() async throws {
        let server = try await TemporaryRedis.start()
        try await server.client().send(["SET", "big", .bytes([UInt8](repeating: 1, count: 500_000))]).ok()
        var options = RedisOptions()
        options.replyByteLimit = 100_000
        options.requestByteLimit = 1_000
        let client = server.client(options)
        await #expect(throws: RedisError.replyTooLarge(server.address, limit: 100_000)) {
            try await client.send(["GET", "big"])
        }
        await #expect(throws: RedisError.requestTooLarge(limit: 1_000)) {
            try await client.send(["SET", "a", .bytes([UInt8](repeating: 1, count: 2_000))])
        }
        #expect(try await client.send(["STRLEN", "big"]).int() == 500_000)
    }

    @Test func `full memory and a read-only replica have errors of their own`() async throws {
        let server = try await TemporaryRedis.start(.init(arguments: ["--maxmemory", "1"]))
        await #expect(throws: RedisError.outOfMemory(server.address)) {
            try await server.client().send(["SET", "a", "b"])
        }
        let replica = try await TemporaryRedis.start(.init(arguments: ["--replicaof", "127.0.0.1 \(server.port)"]))
        await #expect(throws: RedisError.readOnly(replica.address)) {
            try await replica.client().send(["SET", "a", "b"])
        }
    }
}
