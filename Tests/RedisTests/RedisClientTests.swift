import Redis
import TestSupport
import Testing

@Suite struct RedisClientTests {
    let server: TemporaryRedis
    let client: RedisClient

    init() async throws {
        server = try await TemporaryRedis.start()
        client = server.client()
    }

    @Test func `a value comes back as it was stored`() async throws {
        try await client.send(["SET", "key", "value"]).ok(of: "SET")
        #expect(try await client.send(["GET", "key"]).string(of: "GET") == "value")
        #expect(try await client.send(["GET", "missing"]).optionalString() == nil)
        #expect(client.connectionState == .connected)
    }

    @Test func `values keep every byte`() async throws {
        let bytes = (0...255).map { UInt8($0) } + Array("\r\n$5\r\n*1\r\n".utf8)
        try await client.send(["SET", .bytes(bytes), .bytes(bytes)]).ok()
        #expect(try await client.send(["GET", .bytes(bytes)]).bytes() == bytes)
        #expect(try await client.send(["STRLEN", .bytes(bytes)]).int() == bytes.count)
    }

    @Test func `an empty command fails and harms nobody else`() async throws {
        await #expect(throws: RedisError.self) { try await client.send(RedisCommand([])) }
        #expect(try await client.send(["ECHO", "next"]).string() == "next")
    }

    @Test func `integers reach the server in decimal`() async throws {
        for number in [0, 7, -7, 10, 99, 100, Int.max, Int.min] {
            #expect(try await client.send(["ECHO", .integer(number)]).int() == number)
        }
    }

    @Test func `a huge value arrives whole`() async throws {
        let bytes = [UInt8](repeating: 0x61, count: 32 << 20)
        try await client.send(["SET", "huge", .bytes(bytes)]).ok()
        #expect(try await client.send(["GET", "huge"]).bytes() == bytes)
    }

    @Test func `replies of a pipeline come in the order of its commands`() async throws {
        let replies = try await client.pipeline((0..<1_000).map { ["ECHO", .integer($0)] })
        #expect(try replies.map { try $0.int() } == Array(0..<1_000))
    }

    @Test func `an error in a pipeline leaves the other replies`() async throws {
        let replies = try await client.pipeline([["SET", "text", "a"], ["INCR", "text"], ["GET", "text"]])
        #expect(throws: RedisError.self) { try replies[1].int(of: "INCR") }
        #expect(try replies[2].string() == "a")
        #expect(try await client.pipeline([]).isEmpty)
    }

    @Test func `ten thousand commands fit in one pipeline`() async throws {
        let replies = try await client.pipeline((0..<10_000).map { _ in ["INCR", "counter"] })
        #expect(try replies.map { try $0.int() } == Array(1...10_000))
    }

    @Test func `a full connection has room again as soon as its replies are here`() async throws {
        var options = RedisOptions()
        options.requestLimit = 10
        let client = server.client(options)
        for _ in 0..<500 {
            let replies = try await client.pipeline((0..<10).map { _ in ["PING"] })
            #expect(replies.count == 10)
        }
    }

    @Test func `ten thousand and one commands in flight are refused`() async throws {
        await #expect(throws: RedisError.tooManyRequests(limit: 10_000)) {
            try await client.pipeline((0...10_000).map { _ in ["INCR", "counter"] })
        }
        #expect(try await client.send(["EXISTS", "counter"]).bool() == false)
    }

    @Test func `many tasks share the connection and each gets its own reply`() async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<2_000 {
                group.addTask { [client] in try await client.send(["ECHO", .integer(number)]).int() == number }
            }
            for try await isOwn in group { #expect(isOwn) }
        }
        try await eventually("one connection is left, after those that waited for the server's start") {
            let clients = try await client.send(["CLIENT", "LIST"]).string().split(separator: "\n")
            return clients.count == 1 && clients[0].contains("name=flotilla")
        }
    }

    @Test func `a client works in the database of its address`() async throws {
        let other = server.client(database: 3)
        try await other.send(["SET", "only", "there"]).ok()
        #expect(try await client.send(["EXISTS", "only"]).bool() == false)
        #expect(try await client.send(["SELECT", "3"]) == .simple("OK"))
        #expect(try await client.send(["EXISTS", "only"]).bool())
    }

    @Test func `a client speaks TCP as well as through a socket file`() async throws {
        #expect(try await server.client(tcp: true).send(["PING"]) == .simple("PONG"))
        let client = RedisClient(address: try RedisAddress(server.url), logger: .quiet)
        #expect(try await client.send(["PING"]) == .simple("PONG"))
    }

    @Test func `a closed client says so`() async throws {
        _ = try await client.send(["PING"])
        await client.close()
        await #expect(throws: RedisError.closed) { try await client.send(["PING"]) }
        #expect(client.connectionState == .closed)
    }

    @Test func `a cancelled task still gets the reply of its command`() async throws {
        _ = try await client.send(["PING"])
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await client.send(["INCR", "counter"]).int()
        }
        #expect(try await task.value == 1)
    }
}
