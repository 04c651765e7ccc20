import CeleryBridge
import Jobs
import ScheduleConfiguration

/// What the tasks of the Celery application that this fleet replaces become here.
enum CeleryTasks {
    /// - Returns: nil for a task that is not known.
    static func replacement(of call: BeatCall) -> BeatTask? {
        switch call.task {
        case "update_trade_statuses": return job(.execution, "args: { reconcile: true }")
        case "evaluate_bot_signals", "fast_trading_evaluation", "evaluate_signals":
            return job(.evaluation, "for_each: \(EntitySource.runningBots.known.name)")
        case "refresh_all_market_data": return refresh("quotes", call.argument(0, "product_ids"))
        case "fetch_market_data", "fetch_data":
            return refresh("candles", call.argument(0, "product_id").map { [$0] as [Any] })
        case "fetch_market_data_task":
            let notes = ["timeframes left out: what the signals need is fetched"]
            return refresh(
                "candles", call.argument(0, "product_ids"),
                notes: call.argument(1, "timeframes") is [Any] ? notes : [])
        case "refresh_products_list": return refresh("products", nil)
        case "cleanup_old_data": return job(.cacheRefresh, args("prune", "days", call.argument(0, "days_to_keep")))
        case "update_bot_weights": return job(.rebalance, args("weights", "bot_id", call.argument(0, "bot_id")))
        case "update_all_eligible_bots": return job(.rebalance, "args: { what: weights }")
        case "calculate_performance_metrics": return job(.rebalance, "args: { what: performance-metrics }")
        case "periodic_market_scan": return refresh("market-scan", nil)
        case "market_opportunity_alert":
            let least = call.argument(0, "min_score").map { BeatCall.text(of: $0) } ?? "12"
            return job(.cacheRefresh, "args: { what: market-scan, min_score: \(least) }")
        case "scan_for_new_pairs_task": return refresh("new-pairs", nil)
        default: return reasons[call.task].map { .left($0) }
        }
    }

    private static func job(_ kind: KindDefinition, _ keys: String..., notes: [String] = []) -> BeatTask {
        .job(keys: ["job: \(kind.name)"] + keys, notes: notes)
    }

    private static func refresh(_ what: String, _ products: Any?, notes: [String] = []) -> BeatTask {
        let chosen = (products as? [Any]).map { ", products: \(BeatCall.text(of: $0))" } ?? ""
        return job(.cacheRefresh, "args: { what: \(what)\(chosen) }", notes: notes)
    }

    /// - Parameter value: of the second argument; left out unless it is a whole number.
    private static func args(_ what: String, _ name: String, _ value: Any?) -> String {
        "args: { what: \(what)\((value as? Int).map { ", \(name): \($0)" } ?? "") }"
    }

    private static let reasons = [
        "cache_stats_logger": "workers count all the time (flotilla status, /metrics), so nothing has to be scheduled",
        "health_check": "flotilla doctor and /readyz answer at any time, so nothing has to be scheduled",
        "monitor_order_status":
            "an \(KindDefinition.execution.name) waits for its own order, and reconcile settles what is left",
        "analyze_new_pair_task": "the dashboard shows the score of a pair at any time, so nothing has to be scheduled",
    ]
}
