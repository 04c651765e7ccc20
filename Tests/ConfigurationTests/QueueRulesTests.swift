import JobQueue
import Testing

@testable import Configuration

/// What a file says of queues, pools and circuits, beyond what every file says.
struct QueueRulesTests {
    /// A file with every key of limits, circuits, queues and pools.
    static let text = """
        version: 1
        limits:
          coinbase: { rate: 10/s, burst: 10, reserve: { execution: 4 } }
          orders: { rate: 5/s }
        circuits:
          coinbase: { failures: 4, window: 2m, open: 20s, open_max: 5m, ramp: 10s }
          another:
        queues:
          execution:
            limit: [coinbase, { name: orders, cost: 2 }]
            circuit: coinbase
            durability: fsync
            max_waiting: 10000
            when_full: drop-oldest
            fresh_for: 5m
            max_crashes: 4
            retention: 2d
            dead_retention: { age: 30d, count: 10000 }
            retry:
              attempts: 8
              base: 2s
              errors:
                - { type: no-such-bot, attempts: 1 }
                - { message: "timed out", base: 1s, max: 10s }
                - { type: bad-arguments, never: true }
            kinds:
              rebalance: { retry: { errors: [] } }
              execution: { timeout: 1m, retry: { attempts: 5, base: 10m } }
              evaluation:
          evaluation: { limit: coinbase, max_waiting: 5, when_full: coalesce, dead_retention: { count: 7 } }
          rebalance: { limit: [{ name: orders }, coinbase] }
        pools:
          trading:
            queues: [execution, evaluation]
            order: strict
            ageing: 45s
            reserved: { execution: 1 }
            kill_after: 20s
          rest: { queues: ["*"], order: weighted, weights: { rebalance: 6, evaluation: 3 } }
        """

    private func queues(_ text: String = text) throws -> [String: QueueEntry] {
        Dictionary(uniqueKeysWithValues: try parsed(text).queues.map { ($0.name, $0) })
    }

    @Test func `circuits have their numbers, or the usual ones`() throws {
        #expect(
            try parsed(Self.circuits).circuits == [
                CircuitEntry(name: "another", line: 3),
                CircuitEntry(
                    name: "coinbase", failures: 4, windowMilliseconds: 120_000, openMilliseconds: 20_000,
                    openMaxMilliseconds: 300_000, rampMilliseconds: 10_000, line: 2),
                CircuitEntry(
                    name: "patient", openMilliseconds: 3_600_000, openMaxMilliseconds: 3_600_000, line: 4),
            ])
        #expect(CircuitEntry(name: "a", line: 1).failures == 5)
        #expect(CircuitEntry(name: "a", line: 1).openMaxMilliseconds == 600_000)
    }

    private static let circuits = """
        circuits:
          coinbase: { failures: 4, window: 2m, open: 20s, open_max: 5m, ramp: 10s }
          another:
          patient: { open: 1h }
        """

    @Test func `a queue takes tokens of one limit, or of up to three`() throws {
        let queues = try queues()
        #expect(
            queues["execution"]?.limits == [LimitUseEntry(name: "coinbase"), LimitUseEntry(name: "orders", cost: 2)])
        #expect(queues["evaluation"]?.limits == [LimitUseEntry(name: "coinbase", cost: 1)])
        #expect(queues["rebalance"]?.limits.map(\.name) == ["orders", "coinbase"])
        #expect(try self.queues(Self.bare)["execution"]?.limits == [])
    }

    private static let bare = "queues: { execution: }\npools: { all: { queues: [\"*\"] } }\n"

    @Test func `a queue says what it asks of its producers`() throws {
        let queues = try queues()
        #expect(
            queues["execution"]?.settings
                == QueueSettings(
                    maxWaiting: 10_000, whenFull: .dropOldest, durability: .fsync, freshForMilliseconds: 300_000))
        #expect(queues["evaluation"]?.settings == QueueSettings(maxWaiting: 5, whenFull: .coalesce))
        #expect(queues["rebalance"]?.settings == QueueSettings())
        #expect(queues["execution"]?.circuit == "coinbase")
        #expect(queues["evaluation"]?.circuit == nil)
        #expect(queues["execution"]?.freshForMilliseconds == 300_000)
        #expect(queues["evaluation"]?.freshForMilliseconds == nil)
        #expect(queues["execution"]?.maxCrashes == 4)
        #expect(queues["execution"]?.retentionMilliseconds == 172_800_000)
        #expect(
            queues["execution"]?.deadRetention == DeadRetentionEntry(ageMilliseconds: 2_592_000_000, count: 10_000))
        #expect(queues["evaluation"]?.deadRetention == DeadRetentionEntry(ageMilliseconds: nil, count: 7))
        #expect(queues["rebalance"]?.deadRetention == nil)
    }

    @Test func `errors have rules of their own, in the order of the file`() throws {
        let retry = try #require(
            try queues()["execution"]).retry
        #expect(
            retry.errors == [
                ErrorRuleEntry(type: "no-such-bot", attempts: 1),
                ErrorRuleEntry(message: "timed out", baseMilliseconds: 1_000, maxMilliseconds: 10_000),
                ErrorRuleEntry(type: "bad-arguments", never: true),
            ])
    }

    @Test func `a kind's rules begin with the queue's`() throws {
        let queue = try #require(try queues()["execution"])
        var patient = queue.retry
        (patient.attempts, patient.baseMilliseconds, patient.maxMilliseconds) = (5, 600_000, 600_000)
        var plain = queue.retry
        plain.errors = []
        #expect(
            queue.kinds == [
                KindEntry(name: "evaluation"),
                KindEntry(name: "execution", timeoutMilliseconds: 60_000, retry: patient),
                KindEntry(name: "rebalance", retry: plain),
            ])
        #expect(queue.retry.attempts == 8)
    }

    @Test func `a pool orders its queues and keeps slots for some`() throws {
        let pools = try parsed(Self.text).pools
        #expect(
            pools == [
                PoolEntry(
                    name: "rest", queues: ["*"], order: .weighted, weights: ["rebalance": 6, "evaluation": 3],
                    line: 39),
                PoolEntry(
                    name: "trading", queues: ["execution", "evaluation"], order: .strict, ageingMilliseconds: 45_000,
                    reserved: ["execution": 1], killAfterMilliseconds: 20_000, line: 33),
            ])
        let bare = try #require(try parsed(Self.bare).pools.first)
        #expect((bare.order, bare.ageingMilliseconds, bare.killAfterMilliseconds) == (.turns, 30_000, 30_000))
        #expect((bare.weights, bare.reserved) == ([:], [:]))
    }
}
