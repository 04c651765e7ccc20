import Redis
import TestSupport
import Testing

@Suite struct RedisBlockingReaderTests {
    let server: TemporaryRedis
    let client: RedisClient
    let reader: RedisBlockingReader

    init() async throws {
        server = try await TemporaryRedis.start()
        client = server.client()
        reader = client.blockingReader()
    }

    private func someoneBlocks() async throws {
        try await eventually("a reader blocks") {
            try await client.send(["INFO", "clients"]).string().contains("blocked_clients:1")
        }
    }

    @Test func `a push wakes the reader`() async throws {
        async let element = reader.pop(from: ["a", "b"], timeout: .seconds(20))
        try await someoneBlocks()
        _ = try await client.send(["RPUSH", "b", "x"])
        let got = try #require(try await element)
        #expect(got.key == "b")
        #expect(got.element == Array("x".utf8))
    }

    @Test func `a reader may block for longer than a command may take`() async throws {
        var options = RedisOptions()
        options.commandTimeout = .milliseconds(200)
        let reader = RedisBlockingReader(address: server.address, options: options, logger: .quiet)
        #expect(try await reader.pop(from: ["empty"], timeout: .milliseconds(400)) == nil)
    }

    @Test func `after a cancelled read the next one gets its own reply`() async throws {
        let task = Task { try await reader.pop(from: ["a"], timeout: .seconds(60)) != nil }
        try await someoneBlocks()
        task.cancel()
        await #expect(throws: RedisError.cancelled) { try await task.value }
        try await eventually("nobody blocks") {
            try await client.send(["INFO", "clients"]).string().contains("blocked_clients:0")
        }
        _ = try await client.send(["RPUSH", "a", "kept"])
        #expect(try await reader.pop(from: ["a"], timeout: .seconds(5))?.element == Array("kept".utf8))
    }

    @Test func `cancelling at any moment never leaves a read waiting`() async throws {
        for _ in 0..<200 {
            let task = Task { try await reader.pop(from: ["a"], timeout: .seconds(60)) != nil }
            await Task.yield()
            task.cancel()
            await #expect(throws: RedisError.cancelled) { try await task.value }
        }
    }

    @Test func `a second read at the same time is refused`() async throws {
        async let first = reader.pop(from: ["a"], timeout: .seconds(20))
        try await someoneBlocks()
        await #expect(throws: RedisError.readInProgress) { try await reader.pop(from: ["a"], timeout: .seconds(1)) }
        _ = try await client.send(["RPUSH", "a", "x"])
        #expect(try await first != nil)
    }

    @Test func `a read fails when the server dies, and works after its restart`() async throws {
        let task = Task { try await reader.pop(from: ["a"], timeout: .seconds(60)) != nil }
        try await someoneBlocks()
        try await server.kill9()
        await #expect(throws: RedisError.connectionLost(server.address, mayHaveRun: true)) { try await task.value }
        try await server.restart()
        _ = try await client.send(["RPUSH", "a", "x"])
        #expect(try await reader.pop(from: ["a"], timeout: .seconds(5)) != nil)
    }
}
