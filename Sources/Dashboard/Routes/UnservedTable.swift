/// What the old backend had, and this one has not: nothing of it is read by the dashboard.
enum UnservedTable {
    /// Every operation with its reason, those of one reason together.
    static var all: [UnservedOperation] { groups.flatMap(\.operations) }

    private struct Group: Sendable {
        let reason: String
        /// Method and path below `/api/v1`.
        let paths: [String]

        init(_ reason: String, _ paths: String...) {
            self.reason = reason
            self.paths = paths
        }

        var operations: [UnservedOperation] {
            paths.compactMap { text in
                let words = text.split(separator: " ")
                guard words.count == 2, let method = Endpoint.Method(rawValue: String(words[0])) else { return nil }
                let path = words[1].hasSuffix("/") ? words[1].dropLast() : words[1]
                return UnservedOperation(method: method, path: "/api/v1" + path, reason: reason)
            }
        }
    }

    private static let groups = [
        Group(
            "A temperature stands in each row of GET /api/v1/bots/status/enhanced; asking here evaluated every bot.",
            "GET /bot-temperatures/", "GET /bot-temperatures/dashboard", "GET /bot-temperatures/{bot_id}"),
        Group(
            "Fees stand in GET /api/v1/raw-trades/stats.",
            "GET /market/transaction-summary"),
        Group(
            "Profits stand in GET /api/v1/raw-trades/pnl-by-product.",
            "GET /trades/profitability", "GET /trades/profitability-legacy"),
        Group(
            "What the database holds is checked by 'flotilla db check'.",
            "GET /trades/validate-data", "GET /trades/validate", "GET /validation/validate-pnl",
            "GET /validation/validate-recent-trades"),
        Group(
            "Whether an order may be placed is decided by the job that places it.",
            "POST /trades/validate-trade"),
        Group(
            "Every decision obeys the limits; GET /api/v1/bots/status/enhanced shows what holds a bot back.",
            "GET /trades/safety-status"),
        Group(
            "Stop all bots with POST /api/v1/bots/stop-all.",
            "POST /trades/emergency-stop"),
        Group(
            "The entry reconcile-orders settles orders; 'flotilla schedule run reconcile-orders' does it now.",
            "POST /trades/update-statuses", "POST /trades/sync-order-status/{order_id}",
            "GET /position-reconciliation/discrepancies", "POST /position-reconciliation/reconcile",
            "GET /position-reconciliation/bot/{bot_id}/trade-calculation", "GET /position-reconciliation/status"),
        Group(
            "Orders come of evaluations and rebalances; a request places none.",
            "POST /trades/execute", "POST /trades/execute-intelligent", "POST /trades/execute-automated",
            "POST /trades/batch-automated"),
        Group(
            "A trade stands in GET /api/v1/raw-trades, or in GET /api/v1/trades/pending while it is open.",
            "GET /trades/status/{trade_id}"),
        Group(
            "A bot's trades stand in GET /api/v1/trades/bot/{bot_id}/performance.",
            "GET /trades/recent/{bot_id}"),
        Group(
            "What a bot holds stands in GET /api/v1/positions and /api/v1/bots/status/enhanced.",
            "GET /trades/position/{bot_id}", "GET /trades/position/{bot_id}/can-add-tranche",
            "POST /trades/position/{bot_id}/calculate-tranche-size",
            "POST /trades/position/{bot_id}/analyze-dca-impact",
            "POST /trades/position/{bot_id}/partial-exit-strategy", "POST /trades/position/{bot_id}/optimize-scaling",
            "GET /trades/position/{bot_id}/performance-analysis"),
        Group(
            "What decides over a bot stands in GET /api/v1/bots/status/enhanced.",
            "GET /trades/intelligent-analysis/{bot_id}"),
        Group(
            "Results stand in GET /api/v1/intelligence/comprehensive.",
            "GET /trades/analytics/live-performance", "GET /trades/analytics/bot-dashboard/{bot_id}"),
        Group(
            "Bots are evaluated by the schedule; 'flotilla enqueue evaluation' evaluates one now.",
            "POST /bot-evaluation/{bot_id}/evaluate", "GET /bot-evaluation/test/{bot_id}"),
        Group(
            "Streams run by themselves; open the socket /api/v1/ws/trade-execution.",
            "POST /ws/websocket/start", "POST /ws/websocket/stop", "GET /ws/websocket/status",
            "POST /ws/websocket/start-market-stream", "POST /ws/websocket/stop-market-stream",
            "POST /ws/start-temperature-stream", "POST /ws/start-portfolio-stream", "GET /ws/portfolio-stream-status",
            "GET /ws/portfolio-data"),
        Group(
            "Prices stand in GET /api/v1/market/ticker/{product_id}; the schedule refreshes them.",
            "POST /websocket-prices/start-price-streaming", "POST /websocket-prices/start-price-streaming-custom",
            "GET /websocket-prices/price-streaming-status", "POST /websocket-prices/stop-price-streaming",
            "GET /websocket-prices/cached-prices"),
        Group(
            "Fills are recorded by the jobs that place orders.",
            "POST /coinbase-sync/sync-coinbase-trades", "GET /coinbase-sync/production-trades-summary"),
        Group(
            "What holds a bot back stands in GET /api/v1/bots/status/enhanced.",
            "GET /diagnosis/trading-diagnosis"),
        Group(
            "What is scanned and when stands in schedules.yaml; 'flotilla schedule list' shows it.",
            "GET /market-analysis/automation-status"),
        Group(
            "Trends are computed by evaluations and stand in GET /api/v1/trends/{product_id}.",
            "GET /trends/stats/engine", "POST /trends/cache/clear", "GET /trends/regime/summary"),
        Group(
            "Positions stand in GET /api/v1/positions.",
            "GET /positions/test", "GET /positions/{product_id}", "POST /positions/positions/update-unrealized"),
        Group(
            "Numbers of the one cache stand in GET /api/v1/cache-monitoring/cache/stats.",
            "GET /cache/stats", "GET /cache/info", "POST /cache/invalidate", "GET /cache/rate-limiting-status"),
        Group(
            "Market data stands under /api/v1/market; the schedule refreshes it.",
            "POST /market-data/refresh", "GET /market-data/ticker/{product_id}", "GET /market-data/tickers",
            "GET /market-data/products", "GET /market-data/stats", "POST /market-data/cache/clear",
            "GET /market-data/health", "GET /market-data/historical/{product_id}", "GET /market-data/performance"),
        Group(
            "The cache is renewed by the schedule; no request empties it.",
            "POST /cache-monitoring/cache/clear"),
        Group(
            "Which bots earn stands in GET /api/v1/intelligence/comprehensive; a request changes no bot by itself.",
            "GET /market-selection/analyze", "POST /market-selection/auto-pause-losers",
            "POST /market-selection/auto-scale-winners", "GET /market-selection/market-insights"),
        Group(
            "Weights are jobs' work: POST /api/v1/signal-performance/adaptive-weighting/update-all-bots.",
            "GET /signal-performance/performance/signals", "GET /signal-performance/performance/rankings",
            "GET /signal-performance/performance/adaptive-weights/{bot_id}",
            "POST /signal-performance/performance/calculate-metrics", "GET /signal-performance/performance/report",
            "POST /signal-performance/adaptive-weighting/update-bot-weights/{bot_id}",
            "GET /signal-performance/adaptive-weighting/status"),
    ]
}
