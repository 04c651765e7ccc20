import JobQueue
import Testing

@testable import ScheduleConfiguration

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

    private func queues(_ text: String = text) throws -> [String: QueueRules] {
        Dictionary(uniqueKeysWithValues: try parsed(text).queues.map { ($0.name.description, $0) })
    }

    @Test func `circuits have their numbers, or the usual ones`() throws {
        #expect(
            try parsed(Self.circuits).circuits == [
                CircuitRules(name: "another"),
                CircuitRules(
                    name: "coinbase", failures: 4, window: .seconds(120), openFor: .seconds(20), openMax: .seconds(300),
                    ramp: .seconds(10)),
                CircuitRules(name: "patient", openFor: .seconds(3_600), openMax: .seconds(3_600)),
            ])
        #expect(CircuitRules(name: "a").failures == 5)
        #expect(CircuitRules(name: "a").openMax == .seconds(600))
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
            queues["execution"]?.limits == [LimitUse(name: "coinbase"), LimitUse(name: "orders", cost: 2)])
        #expect(queues["evaluation"]?.limits == [LimitUse(name: "coinbase", cost: 1)])
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
        #expect(
            queues["execution"]?.maintenance
                == MaintenanceRules(
                    maxCrashes: 4, retention: .seconds(172_800), deadAge: .seconds(2_592_000), deadCount: 10_000))
        #expect(queues["evaluation"]?.maintenance == MaintenanceRules(deadCount: 7))
        #expect(queues["rebalance"]?.maintenance == MaintenanceRules())
    }

    @Test func `errors have rules of their own, in the order of the file`() throws {
        let retry = try #require(
            try queues()["execution"]).retry
        #expect(
            retry.rules == [
                ErrorRule(type: "no-such-bot", attempts: 1),
                ErrorRule(message: "timed out", baseMilliseconds: 1_000, maxMilliseconds: 10_000),
                ErrorRule(type: "bad-arguments", never: true),
            ])
    }

    @Test func `a kind's rules begin with the queue's`() throws {
        let queue = try #require(try queues()["execution"])
        var patient = queue.retry
        (patient.attempts, patient.baseMilliseconds, patient.maxMilliseconds) = (5, 600_000, 600_000)
        var plain = queue.retry
        plain.rules = []
        #expect(
            queue.kinds == [
                try JobKind("evaluation"): KindRules(),
                try JobKind("execution"): KindRules(retry: patient, timeout: .seconds(60)),
                try JobKind("rebalance"): KindRules(retry: plain),
            ])
        #expect(queue.retry.attempts == 8)
    }

    @Test func `a pool orders its queues and keeps slots for some`() throws {
        let pools = try parsed(Self.text).pools
        let execution = try QueueName("execution")
        let evaluation = try QueueName("evaluation")
        #expect(
            pools == [
                WorkerPool(
                    name: "rest", servesEveryQueue: true,
                    order: .weighted([try QueueName("rebalance"): 6, evaluation: 3])),
                WorkerPool(
                    name: "trading", queues: [execution, evaluation], order: .strict, ageing: .seconds(45),
                    reserved: [execution: 1], killAfter: .seconds(20)),
            ])
        #expect(try parsed(Self.bare).pools == [WorkerPool(name: "all", servesEveryQueue: true)])
        #expect(pools.map(\.queueNames) == [["*"], ["execution", "evaluation"]])
    }
}
