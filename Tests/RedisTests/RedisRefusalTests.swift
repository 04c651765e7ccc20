import Foundation
import Redis
import TestSupport
import Testing

/// A server that listens and refuses: what is said is true, and what still works goes on.
@Suite(.serialized) struct RedisRefusalTests {
    private func impatient() -> RedisOptions {
        var options = RedisOptions()
        options.waitForConnection = .seconds(2)
        return options
    }

    private func error(_ client: RedisClient, _ command: RedisCommand) async -> RedisError? {
        do throws(RedisError) {
            _ = try await client.send(command)
            return nil
        } catch { return error }
    }

    @Test func `a server that cannot write to its disk still answers what reads`() async throws {
        let server = try await TemporaryRedis.start()
        let before = server.client()
        try await before.send(["SET", "a", "b"]).ok()
        try await server.fillDisk()

        let client = server.client(impatient())
        #expect(try await client.send(["GET", "a"]).string() == "b")
        let refused = await error(client, ["SET", "a", "c"])
        #expect(refused == .notPersisting(server.address))
        let sentence = refused.map { "\($0)" } ?? ""
        #expect(sentence.contains("cannot write to its disk and takes no changes; reading goes on"), "\(sentence)")
        let script = RedisScript(name: "writes", source: "return redis.call('SET', KEYS[1], 'c')")
        await #expect(throws: RedisError.notPersisting(server.address)) {
            try await client.run(script, keys: ["a"], arguments: [])
        }
    }

    @Test(arguments: [true, false])
    func `a server that takes no more clients is told, and waited for`(_ tcp: Bool) async throws {
        let server = try await TemporaryRedis.start()
        let first = server.client()
        try await first.send(["CONFIG", "SET", "maxclients", "1"]).ok()
        let second = server.client(impatient(), tcp: tcp)
        let address = tcp ? server.tcpAddress : server.address
        // What it says may be lost with the connection that it closes; it is said again at the next attempt.
        try await eventually("it is told") { await error(second, ["PING"]) == .tooManyClients(address) }
        for _ in 0..<5 { #expect(await error(second, ["PING"]) == .tooManyClients(address)) }
        try await first.send(["CONFIG", "SET", "maxclients", "100"]).ok()
        try await eventually("the second is let in") { await error(second, ["PING"]) == nil }
    }

    @Test func `a server that is busy with a script says so to those who come`() async throws {
        let server = try await TemporaryRedis.start(.init(arguments: ["--lua-time-limit", "50"]))
        let slow = server.client()
        async let end = error(slow, ["EVAL", "while true do end", "0"])
        let killer = server.client(impatient())
        try await eventually("it is busy") { await error(killer, ["GET", "a"]) == .scriptBusy(server.address) }
        let late = server.client(impatient())
        #expect(await error(late, ["GET", "a"]) == .scriptBusy(server.address))
        // A connection that was greeted before may end the script.
        let sentence = "\(RedisError.scriptBusy(server.address))"
        #expect(sentence.contains("SCRIPT KILL"))
        try await killScript(server)
        #expect(await end != nil)
        try await eventually("it answers again") { await error(late, ["GET", "a"]) == nil }
    }

    /// SCRIPT KILL is allowed while PING, with which every connection begins, is not.
    private func killScript(_ server: TemporaryRedis) async throws {
        let tool = Process()
        tool.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        tool.arguments = ["redis-cli", "-s", server.folder + "/redis.sock", "SCRIPT", "KILL"]
        tool.standardOutput = FileHandle.nullDevice
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        tool.terminationHandler = { _ in end.finish() }
        try tool.run()
        for await _ in ends {}
    }

    @Test(arguments: [
        ("MISCONF Errors writing to the AOF file: No space left on device", RedisError.notPersisting(nil)),
        ("OOM command not allowed when used memory > 'maxmemory'.", .outOfMemory(nil)),
        ("READONLY You can't write against a read only replica.", .readOnly(nil)),
    ])
    func `what a script's command was told is known in Redis 6 too`(_ inner: String, _ error: RedisError) {
        let wrapped = "ERR Error running script (call to f_6b1b): @user_script:3: @user_script: 3: -\(inner)"
        #expect(RedisError(reply: wrapped, at: nil) == error)
        let other = "ERR Error running script (call to f_6b1b): @user_script:3: attempt to index a nil value"
        #expect(RedisError(reply: other, at: nil) == .server(other, at: nil))
    }

    /// Each has a cause and a remedy of its own; that nothing listens is said only when nothing does.
    @Test func `no two refusals sound alike, and none sends people to start a server that runs`() throws {
        let address = try RedisAddress("redis://h:1/0")
        let replies = [
            "MISCONF x", "ERR max number of clients reached", "BUSY x", "NOAUTH x", "WRONGPASS x", "LOADING x",
            "MASTERDOWN x", "READONLY x", "OOM x", "NOPERM x", "ERR x",
        ]
        let sentences = replies.map { "\(RedisError(reply: $0, at: address))" }
        #expect(Set(sentences).count == replies.count)
        for reply in ["MISCONF x", "ERR max number of clients reached", "BUSY x", "LOADING x", "MASTERDOWN x"] {
            #expect(RedisError(reply: reply, at: address).mayPass)
        }
        #expect(RedisError.handshakeFailed(address, problem: "x").mayPass)
        for sentence in sentences {
            #expect(sentence.hasPrefix("Redis at h:1 "), "\(sentence)")
            #expect(!sentence.contains("cannot be reached") && !sentence.contains("Start redis-server"), "\(sentence)")
        }
    }
}
