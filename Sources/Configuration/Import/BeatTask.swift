import Foundation
import JobQueue

/// What a task of the existing Celery application becomes here.
enum BeatTask {
    /// Keys of an entry, and what is not the same.
    case job(keys: [String], notes: [String])
    /// One sentence on why nothing here does what it did, or why nothing needs to.
    case none(String)

    /// - Parameters:
    ///   - name: as the schedule names it; the module path before the last dot does not matter.
    ///   - positional: the entry's `args`.
    ///   - named: the entry's `kwargs`.
    ///   - map: kinds for tasks by name, which come before what is known here.
    init(_ name: String, positional: [Any], named: [String: Any], map: [String: String]) {
        let short = String(name.split(separator: ".").last ?? "")
        if let kind = map[name] ?? map[short] {
            guard positional.isEmpty else {
                self = .none("its arguments \(BeatText.value(positional).shortened) have no names. Write args by hand.")
                return
            }
            let args = named.isEmpty ? [] : ["args: \(BeatText.value(named))"]
            self = .job(keys: ["job: \(BeatText.quoted(kind))"] + args, notes: [])
            return
        }
        switch short {
        case "update_trade_statuses": self = .job(keys: ["job: execution", "args: { reconcile: true }"], notes: [])
        case "evaluate_bot_signals", "fast_trading_evaluation", "evaluate_signals":
            self = .job(keys: ["job: evaluation", "for_each: running_bots"], notes: [])
        case "refresh_all_market_data":
            self = Self.refresh("quotes", products: positional.first ?? named["product_ids"])
        case "fetch_market_data", "fetch_data":
            let product: Any? = positional.first ?? named["product_id"]
            self = Self.refresh("candles", products: product.map { [$0] as [Any] })
        case "fetch_market_data_task":
            let frames: Any? = positional.count > 1 ? positional[1] : named["timeframes"]
            let notes = frames is [Any] ? ["timeframes left out: what the signals need is fetched"] : []
            self = Self.refresh("candles", products: positional.first ?? named["product_ids"], notes: notes)
        case "refresh_products_list": self = Self.refresh("products", products: nil)
        default:
            let reason = Self.reasons[short] ?? "no kind of job is known to do what the task '\(name.shortened)' does"
            self = .none("\(reason). To import it nevertheless: --map \(short.shortened)=KIND.")
        }
    }

    private static func refresh(_ what: String, products: Any?, notes: [String] = []) -> BeatTask {
        let chosen = (products as? [Any]).map { ", products: \(BeatText.value($0))" } ?? ""
        return .job(keys: ["job: cache-refresh", "args: { what: \(what)\(chosen) }"], notes: notes)
    }

    private static let reasons = [
        "cache_stats_logger": "workers count all the time (flotilla status, /metrics), so nothing has to be scheduled",
        "health_check": "flotilla doctor and /readyz answer at any time, so nothing has to be scheduled",
        "monitor_order_status": "an execution waits for its own order, and reconcile settles what is left",
        "scan_for_new_pairs_task":
            "no kind of job writes the table trading_pairs; cache-refresh with what: products renews the product list",
        "analyze_new_pair_task": "no kind of job scores pairs that have no bot",
        "periodic_market_scan": "no kind of job ranks pairs that have no bot, and a rebalance would place orders",
        "market_opportunity_alert": "no kind of job ranks pairs that have no bot, and a rebalance would place orders",
        "cleanup_old_data": "no kind of job deletes old rows",
        "update_bot_weights": "no kind of job renews weights, and a rebalance would place orders",
        "update_all_eligible_bots": "no kind of job renews weights, and a rebalance would place orders",
        "calculate_performance_metrics": "no kind of job fills signal_performance_metrics",
    ]
}
