/// Schedule files of the tests: the cadences are short, so that a test need not wait.
package enum Schedules {
    /// The four kinds in two pools, everything every few seconds.
    package static let trading = """
        version: 1
        limits:
          coinbase: { rate: 100/s, burst: 100, reserve: { execution: 20 } }
        queues:
          execution: { limit: coinbase, timeout: 1m, retry: { attempts: 8, base: 500ms, max: 5s } }
          evaluation: { timeout: 30s, retry: { attempts: 3, base: 500ms } }
          rebalance: { limit: coinbase, timeout: 1m, retry: { attempts: 3, base: 500ms } }
          cache-refresh: { limit: coinbase, timeout: 30s, retry: { attempts: 2, base: 500ms } }
        pools:
          trading: { queues: [execution, evaluation, rebalance], processes: 1, concurrency: 8, grace: 5s }
          market: { queues: [cache-refresh], processes: 1, concurrency: 8, grace: 5s }
        schedules:
          refresh-quotes: { job: cache-refresh, every: 2s, at_start: true, args: { what: quotes } }
          refresh-candles: { job: cache-refresh, every: 2s, at_start: true, args: { what: candles } }
          refresh-products: { job: cache-refresh, every: 5s, at_start: true, args: { what: products } }
          evaluate-bots: { job: evaluation, every: 4s, for_each: running_bots, spread: 1s }
          rebalance-portfolio: { job: rebalance, every: 5s }
          reconcile-orders: { job: execution, every: 5s, args: { reconcile: true } }

        """

    /// Keeps the cache fresh and places no orders of its own.
    package static let marketOnly = """
        version: 1
        queues:
          execution: { timeout: 1m, retry: { attempts: 8, base: 500ms, max: 5s } }
          cache-refresh: { timeout: 30s, retry: { attempts: 2, base: 500ms } }
        pools:
          trading: { queues: [execution], processes: 1, concurrency: 4, grace: 5s }
          market: { queues: [cache-refresh], processes: 1, concurrency: 4, grace: 5s }
        schedules:
          refresh-quotes: { job: cache-refresh, every: 2s, at_start: true, args: { what: quotes } }
          refresh-products: { job: cache-refresh, every: 5s, at_start: true, args: { what: products } }

        """

    /// One pool for every queue, nothing on a schedule.
    package static func everyQueue(processes: Int, concurrency: Int = 8) -> String {
        """
        version: 1
        queues: { test: { timeout: 1m, retry: { attempts: 3, base: 100ms, max: 1s } } }
        pools: { all: { queues: ["*"], processes: \(processes), concurrency: \(concurrency), grace: 5s } }

        """
    }

    package static let testJobs = ["FLOTILLA_TEST_JOBS": "1"]
}
