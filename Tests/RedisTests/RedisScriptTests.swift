import Redis
import TestSupport
import Testing

@Suite struct RedisScriptTests {
    let server: TemporaryRedis
    let client: RedisClient
    let echo = RedisScript(name: "echo", source: "return {KEYS[1], ARGV[1]}")
    let count = RedisScript(name: "count", source: "return redis.call('INCRBY', KEYS[1], ARGV[1])")

    init() async throws {
        server = try await TemporaryRedis.start()
        client = server.client()
    }

    @Test func `a script gets its keys and arguments`() async throws {
        #expect(try await client.run(echo, keys: ["key"], arguments: ["argument"]).strings() == ["key", "argument"])
        #expect(try await client.run(count, keys: ["n"], arguments: [5]).int() == 5)
        #expect(try await client.run(count, keys: ["n"], arguments: [.integer(-2)]).int() == 3)
    }

    @Test func `a script that Redis has forgotten is loaded again`() async throws {
        _ = try await client.run(count, keys: ["n"], arguments: [1])
        try await client.send(["SCRIPT", "FLUSH"]).ok()
        #expect(try await client.run(count, keys: ["n"], arguments: [1]).int() == 2)
    }

    @Test func `scripts in one batch are loaded again, and each runs once`() async throws {
        _ = try await client.run(count, keys: ["n"], arguments: [1])
        try await client.send(["SCRIPT", "FLUSH"]).ok()
        _ = try await client.run(echo, keys: ["k"], arguments: [1])
        let replies = try await client.runAll([
            RedisScriptCall(count, keys: ["n"], arguments: [10]),
            RedisScriptCall(echo, keys: ["k"], arguments: ["a"]),
            RedisScriptCall(count, keys: ["n"], arguments: [100]),
        ])
        #expect(try replies[0].int() == 11)
        #expect(try replies[1].strings() == ["k", "a"])
        #expect(try replies[2].int() == 111)
    }

    @Test func `a failing script throws what the server says`() async throws {
        let bad = RedisScript(name: "bad", source: "return redis.call('INCR', KEYS[1], 'x')")
        await #expect(throws: RedisError.self) { try await client.run(bad, keys: ["n"], arguments: []) }
        let broken = RedisScript(name: "broken", source: "return (")
        await #expect(throws: RedisError.self) { try await client.run(broken, keys: [], arguments: []) }
        #expect(try await client.run(count, keys: ["n"], arguments: [1]).int() == 1)
    }

    @Test func `a script may be shared by clients of different servers`() async throws {
        _ = try await client.run(count, keys: ["n"], arguments: [1])
        let other = try await TemporaryRedis.start()
        #expect(try await other.client().run(count, keys: ["n"], arguments: [1]).int() == 1)
    }
}
