import Redis
import TestSupport
import Testing

@testable import JobQueue

@Suite struct PersistenceTests {
    @Test func `a killed Redis that writes every step comes back with every job in its state`() async throws {
        let server = try await TemporaryRedis.start(.init(appendOnly: true, arguments: ["--appendfsync", "always"]))
        let bench = try await QueueBench(redis: server.client())
        try await bench.broker.enqueue(try (0..<20).map { try bench.job("j\($0)", priority: $0 % 3 - 1) })
        try await bench.broker.enqueue(try bench.job("later", start: .after(milliseconds: 60_000)))
        let held = try await bench.fetch(4)
        _ = try await bench.broker.acknowledge([Ending(held[0], children: [try bench.job()])])
        _ = try await bench.broker.retry(
            held[1], at: try await bench.broker.clock.now() + 60_000, because: bench.failure())
        _ = try await bench.broker.deadLetter(held[2], because: bench.failure())
        let before = try await Held.all(of: bench.redis)
        let counts = try await bench.counts()
        try await server.restart()
        #expect(try await Held.all(of: bench.redis) == before)
        #expect(try await bench.counts().ready == counts.ready)
        #expect(try await bench.broker.acknowledge([Ending(held[3])]) == [true])
        #expect(try await bench.fetch(1).count == 1)
        try await server.stop()
    }

    @Test func `a full Redis refuses a job whole and keeps those it has`() async throws {
        let server = try await TemporaryRedis.start(
            .init(arguments: ["--maxmemory", "8mb", "--maxmemory-policy", "noeviction"]))
        let bench = try await QueueBench(redis: server.client())
        let payload = "\"" + String(repeating: "x", count: 60_000) + "\""
        var accepted = 0
        await #expect(throws: JobQueueError.self) {
            for _ in 0..<400 {
                try await bench.broker.enqueue(try bench.job(payload: payload))
                accepted += 1
            }
        }
        #expect(accepted > 0)
        #expect(try await bench.counts().ready == accepted)
        try await server.stop()
    }

    @Test func `a full Redis lets workers keep their leases and finish what they run`() async throws {
        let server = try await TemporaryRedis.start()
        let bench = try await QueueBench(redis: server.client())
        try await bench.broker.enqueue(try bench.job("held"))
        let held = try await bench.fetch(1)
        _ = try await bench.redis.send(["CONFIG", "SET", "maxmemory", "1"]).checked()
        let lease = try await bench.broker.extendLease(on: bench.queue, of: held[0].worker, lease: .seconds(8))
        #expect(lease == [])
        #expect(try await bench.broker.acknowledge([Ending(held[0])]) == [true])
        await #expect(throws: JobQueueError.self) { try await bench.broker.enqueue(try bench.job("more")) }
        try await server.stop()
    }
}
