import Redis
import TestSupport
import Testing

@Suite struct RedisSubscriptionTests {
    let server: TemporaryRedis
    let client: RedisClient

    init() async throws {
        server = try await TemporaryRedis.start()
        client = server.client()
    }

    @Test(.timeLimit(.minutes(1)))
    func `messages of all channels arrive in order`() async throws {
        let subscription = RedisSubscription(address: server.address, channels: ["a", "b"], logger: .quiet)
        var events = subscription.makeAsyncIterator()
        #expect(await events.next() == .subscribed)
        for number in 0..<100 {
            let readers = try await client.send(["PUBLISH", number % 2 == 0 ? "a" : "b", .integer(number)])
            #expect(try readers.int() == 1)
        }
        for number in 0..<100 {
            let message = RedisMessage(channel: number % 2 == 0 ? "a" : "b", payload: Array("\(number)".utf8))
            #expect(await events.next() == .message(message))
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `a subscription comes back after the server's restart and says so`() async throws {
        let subscription = RedisSubscription(address: server.address, channels: ["a"], logger: .quiet)
        var events = subscription.makeAsyncIterator()
        #expect(await events.next() == .subscribed)
        try await server.restart()
        #expect(await events.next() == .subscribed)
        _ = try await client.send(["PUBLISH", "a", "again"])
        #expect(await events.next() == .message(RedisMessage(channel: "a", payload: Array("again".utf8))))
    }

    @Test(.timeLimit(.minutes(1)))
    func `closing ends the iteration`() async throws {
        let subscription = RedisSubscription(address: server.address, channels: ["a"], logger: .quiet)
        var events = subscription.makeAsyncIterator()
        #expect(await events.next() == .subscribed)
        subscription.close()
        #expect(await events.next() == nil)
    }
}
