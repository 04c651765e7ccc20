import CeleryBridge
import Exchange
import JobQueue
import Jobs
import Ledger
import Trading
import Worker

/// Candles, and how long rows are kept.
extension AppTasks {
    private static let module = "app.tasks.data_tasks"

    func registerData(into table: inout TaskTable) {
        for name in ["fetch_market_data", "fetch_data"] {
            table[name] = { call in
                let arguments = try BoundArguments(call, [.optional("product_id", .text("BTC-USD"))])
                let product = try arguments.needed("product_id", try arguments.text("product_id"))
                return try await reporting(Self.statusError) { try await readCandles(product, call.context) }
            }
        }
        table["\(Self.module).fetch_market_data_task"] = { call in
            let arguments = try BoundArguments(
                call, [.optional("product_ids", .null), .optional("timeframes", .null)])
            return try await downloadCandles(
                try arguments.texts("product_ids") ?? ["BTC-USD", "ETH-USD"],
                try arguments.texts("timeframes") ?? ["1h"], call.context)
        }
        table["\(Self.module).cleanup_old_data"] = { call in
            let arguments = try BoundArguments(call, [.optional("days_to_keep", .number("30"))])
            let days = try arguments.needed("days_to_keep", try arguments.int("days_to_keep"))
            _ = try await refresh("prune", WireObject([("days", WireValue(days))]), in: call.context)
            return TaskReturn(.null)
        }
    }

    /// Fetches the hourly candles of one product into the cache; the result counts them.
    private func readCandles(_ name: String, _ context: JobContext) async throws -> TaskReturn {
        let product = try ProductID(name)
        let done = try await refresh("candles", WireObject([("product", .text(name))]), in: context)
        let series = try await dependencies.cache.snapshot(product, granularity: .oneHour).candles
        guard let series else {
            let reason = (done.value.object?["reason"] ?? done.value.object?["skipped"])?.string
            throw TaskFailure("ValueError", [.text(reason ?? "The exchange has no candles of \(name).")])
        }
        return TaskReturn(
            WireValue(members: [("status", .text("success")), ("candles", WireValue(series.candles.count))]))
    }

    /// Adds candles of every pair and length to the table that the dashboard's history reads, each once.
    private func downloadCandles(
        _ products: [String], _ timeframes: [String], _ context: JobContext
    ) async throws -> TaskReturn {
        for product in products {
            for timeframe in timeframes {
                try Task.checkCancellation()
                let what = WireObject([
                    ("product", .text(product)), ("granularity", .text(timeframe)), ("record", .bool(true)),
                ])
                _ = try await refresh("candles", what, in: context)
            }
        }
        return TaskReturn(.null)
    }
}
