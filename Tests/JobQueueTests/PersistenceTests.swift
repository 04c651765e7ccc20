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
        _ = try await bench.broker.claims.acknowledge([
            Completion(held[0], output: JobOutput(children: [try bench.job()]))
        ])
        _ = try await bench.broker.claims.retry(
            held[1], at: try await bench.broker.clock.now() + 60_000, because: bench.failure())
        _ = try await bench.broker.claims.deadLetter(held[2], because: bench.failure())
        let before = try await Held.all(of: bench.redis)
        let counts = try await bench.counts()
        try await server.restart()
        #expect(try await Held.all(of: bench.redis) == before)
        #expect(try await bench.counts().ready == counts.ready)
        #expect(try await bench.broker.claims.acknowledge([Completion(held[3])]) == [true])
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

    @Test func `in full memory leases hold and attempts are settled in every way`() async throws {
        let server = try await TemporaryRedis.start(.init(arguments: ["--maxmemory-policy", "noeviction"]))
        let bench = try await QueueBench(redis: server.client())
        let broker = bench.broker
        var capped = try bench.job("capped")
        capped.options.concurrencyKey = "BTC-USD"
        capped.options.uniqueKey = "one"
        try await broker.enqueue([capped] + (try (0..<8).map { try bench.job("j\($0)") }))
        let held = try await bench.fetch(6)
        _ = try await bench.redis.send(["CONFIG", "SET", "maxmemory", "1"])
        await #expect(throws: JobQueueError.self) { try await broker.enqueue(try bench.job()) }
        let known = try await broker.claims.extendLease(on: bench.queue, of: bench.w1, lease: .seconds(90))
        #expect(known == ClaimStore.Extension(claims: [bench.queue: 6]))
        #expect(try await broker.claims.acknowledge([Completion(held[0], output: JobOutput(result: "1"))]) == [true])
        let later = try await broker.clock.now() + 60_000
        #expect(try await broker.claims.retry(held[1], at: later, because: bench.failure()) == .settled)
        #expect(try await broker.claims.postpone(held[2], until: later, because: "r") == .settled)
        #expect(try await broker.claims.deadLetter(held[3], because: bench.failure()) == .settled)
        #expect(try await bench.fetch(1).map(\.id.description) == ["j5"])
        try await broker.claims.leave(bench.queue, as: bench.w1)
        let rescued = try await broker.maintenance.rescueExpired(in: bench.queue, maxCrashes: 3)
        #expect(rescued.rescued == 3)
        _ = try await bench.redis.send(["CONFIG", "SET", "maxmemory", "0"])
        try await broker.enqueue(try bench.job("after"))
        #expect(try await QueueAuditor(broker: broker).audit().findings.isEmpty)
        try await server.stop()
    }
}
