import Glibc
import ProgramSupport
import Redis
import TestSupport
import Testing

extension EndToEnd {
    /// A Redis that may delete orders: status 5 for whoever would run them, a warning for everybody else.
    @Suite(.serialized) struct UnsafeRedisTests {
        private static let evicting = ["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"]
        private static let sentences =
            "Redis is not safe for orders: policy allkeys-lru: short of memory, Redis deletes keys, and with them "
            + "orders to be placed. redis-cli CONFIG SET maxmemory-policy noeviction, and the same in redis.conf.\n"

        @Test func `orders are refused until Redis evicts nothing, and other work goes on`() async throws {
            let options = TemporaryRedis.Options(appendOnly: true, arguments: Self.evicting)
            try await withRedis(options, schedule: Schedules.trading) { sandbox, server in
                for words in [
                    ["worker", "--pool", "trading"], ["worker", "--queues", "execution"], ["worker", "--queues", "*"],
                    ["worker", "--pool", "trading", "--processes", "2"], ["up"],
                ] {
                    let outcome = try await sandbox.run(words)
                    #expect(outcome.status == 5, "\(words): \(outcome)")
                    #expect(outcome.complaint.hasSuffix(Self.sentences), "\(words): \(outcome)")
                }
                let doctor = try await sandbox.run("doctor", "--json")
                #expect(doctor.status == 8)
                #expect(try JSON(doctor.output)["checks"].named("eviction")["level"].text == "fail")

                let market = try sandbox.start(["worker", "--pool", "market"])
                try await eventually("the market pool serves", within: .seconds(20)) {
                    market.log.contains("serves cache-refresh")
                }
                #expect(market.log.contains("Redis: policy allkeys-lru: "))

                _ = try await server.client().send(["CONFIG", "SET", "maxmemory-policy", "noeviction"])
                let trading = try sandbox.start(["worker", "--pool", "trading"])
                try await eventually("the trading pool serves", within: .seconds(20)) {
                    trading.log.contains("serves execution, evaluation, rebalance")
                }
                #expect(!trading.log.contains("Redis: "))
                for worker in [market, trading] {
                    kill(worker.pid, SIGTERM)
                    #expect(try await worker.end(within: .seconds(20)).status == 0)
                }
            }
        }

        @Test func `the fleet's own Redis is safe, and proves the disk where a queue asks for it`() async throws {
            let plain = "execution: { timeout: 1m"
            let schedule = Schedules.marketOnly.replacing(plain, with: "execution: { durability: fsync, timeout: 1m")
            try await withSandbox(schedule: schedule) { sandbox in
                let up = try await Up.start(in: sandbox, workers: 2)
                let checks = try JSON(try await sandbox.run("doctor", "--json").output)["checks"]
                for name in ["role", "eviction", "persistence", "memory", "durability"] {
                    #expect(checks.named(name)["level"].text == "ok", "\(checks)")
                }
                #expect(up.program.output.contains("written to disk before it answers"))
                #expect(!up.program.log.contains("Redis: "))

                let redis = try RedisClient.of(sandbox)
                _ = try await redis.send(["CONFIG", "SET", "appendfsync", "everysec"])
                await redis.close()
                let doctor = try await sandbox.run("doctor", "--json")
                let gap = try JSON(doctor.output)["checks"].named("durability")
                #expect(["ok", "fail"].contains(gap["level"].text))
                if gap["level"].text == "fail" {
                    #expect(doctor.status == 8)
                    #expect(gap["remedy"].text.contains("CONFIG SET appendfsync always"))
                }
                #expect(try await up.interrupt().status == 0)
            }
        }

        @Test func `a pool's reserve must leave a slot`() async throws {
            let schedule = Schedules.marketOnly.replacing(
                "queues: [execution], processes: 1", with: "queues: [execution], reserved: { execution: 2 }")
            try await withSandbox(schedule: schedule) { sandbox in
                let outcome = try await sandbox.run("worker", "--pool", "trading", "--concurrency", "2")
                #expect(outcome.status == 2)
                #expect(
                    outcome.complaint
                        == "--concurrency is 2, and pool 'trading' reserves 2 slots. Use at least 3.\n")
            }
        }
    }
}
