import Foundation
import ScheduleConfiguration
import ScheduleSupport

@testable import Forecast

/// What the jobs of these tests ask for: refreshes make four calls in 400 ms, orders five in a second, evaluations
/// none; one in a hundred is followed by an order.
let testFacts = LoadFacts(
    entities: ["running_bots": (1...39).map { "\($0)" }, "products": ["BTC-USD", "ETH-USD"]],
    demand: { kind, _ in
        switch kind {
        case "cache-refresh": JobDemand(calls: 4, limit: "coinbase", runTime: RunTime(median: 400, p95: 800))
        case "execution": JobDemand(calls: 5, limit: "coinbase", runTime: RunTime(median: 1_000, p95: 1_000))
        case "evaluation":
            JobDemand(
                runTime: RunTime(median: 10, p95: 40),
                followUps: [FollowUp(kind: "execution", queue: "execution", expected: 0.01, most: 1)])
        default: JobDemand(calls: 1, limit: "coinbase")
        }
    })

/// A file with these schedules, four queues, and a limit of 10 a second of which 4 are kept for orders.
func limited(_ schedules: String) throws(ConfigurationError) -> ScheduleFile { try parsed(limitedText(schedules)) }

func limitedText(_ schedules: String) -> String {
    """
    version: 1
    limits: { coinbase: { rate: 10/s, burst: 10, reserve: { execution: 4 } } }
    queues:
      execution: { limit: coinbase, fresh_for: 5m }
      evaluation: { timeout: 30s }
      rebalance: { limit: coinbase }
      cache-refresh: { limit: coinbase, timeout: 30s }
    pools:
      trading: { queues: [execution, evaluation, rebalance], order: strict, processes: 2, concurrency: 8 }
      market: { queues: [cache-refresh], processes: 1, concurrency: 8 }
    schedules:
    \(schedules.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n"))

    """
}

/// Midnight of a Wednesday, unix ms.
let midnight = utc(2026, 11, 25) * 1_000
let hour: Int64 = 3_600_000
