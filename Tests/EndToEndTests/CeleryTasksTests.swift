import CeleryBridge
import ScheduleConfiguration
import Testing
import Time

@testable import flotilla

/// What becomes of the beat schedule of the existing application.
struct CeleryTasksTests {
    /// The beat schedule of the existing application, those entries included that are commented out there.
    static let existing = """
        {
          "market-data-stats": {
            "task": "app.tasks.market_data_tasks.cache_stats_logger", "schedule": 60.0
          },
          "update-trade-statuses": {
            "task": "app.tasks.trading_tasks.update_trade_statuses", "schedule": 120.0
          },
          "scan-for-new-pairs": {
            "task": "app.tasks.new_pair_tasks.scan_for_new_pairs_task", "schedule": 7200.0
          },
          "market-data-refresh": {
            "task": "app.tasks.market_data_tasks.refresh_all_market_data", "schedule": 120.0, "enabled": false
          },
          "products-list-refresh": {
            "task": "app.tasks.market_data_tasks.refresh_products_list", "schedule": 300.0, "enabled": false
          },
          "fetch-market-data": {
            "task": "app.tasks.data_tasks.fetch_market_data_task", "schedule": 300.0, "enabled": false
          },
          "fast-trading-loop": {
            "task": "app.tasks.trading_tasks.fast_trading_evaluation", "schedule": 600.0, "enabled": false
          },
          "periodic-market-scan": {
            "task": "periodic_market_scan", "schedule": 3600.0, "enabled": false
          },
          "market-opportunity-alert": {
            "task": "market_opportunity_alert", "schedule": 1800.0, "enabled": false
          }
        }
        """

    private func imported(_ json: String, map: [String: String] = [:]) throws -> BeatImport {
        try BeatImport(
            Array(json.utf8), file: "beat.json", known: Composition.scheduled, tasks: CeleryTasks.replacement, map: map)
    }

    private func schedule(_ beat: BeatImport) throws -> ScheduleFile {
        try ScheduleFile.parse(Array(beat.text.utf8), file: "beat.yaml", known: Composition.scheduled)
    }

    @Test func `the existing schedule comes over, and nothing of it is dropped`() throws {
        let beat = try imported(Self.existing)
        #expect(
            beat.imported == [
                "fast-trading-loop", "fetch-market-data", "market-data-refresh", "market-opportunity-alert",
                "periodic-market-scan", "products-list-refresh", "scan-for-new-pairs", "update-trade-statuses",
            ])
        #expect(beat.left.map(\.name) == ["market-data-stats"])
        for (name, reason) in beat.left {
            #expect(beat.text.contains("# Not imported: \(name): \(reason)"))
        }
        let file = try schedule(beat)
        #expect(file.schedules.map(\.name) == beat.imported)
        #expect(file.schedules.filter(\.enabled).map(\.name) == ["scan-for-new-pairs", "update-trade-statuses"])
        let whats = file.schedules.filter { $0.job == "cache-refresh" }.map(\.argsJSON)
        #expect(whats.contains(#"{"min_score":12,"what":"market-scan"}"#) && whats.contains(#"{"what":"new-pairs"}"#))
        let trades = try #require(file.schedules.last)
        #expect(trades.job == "execution")
        #expect(trades.argsJSON == #"{"reconcile":true}"#)
        #expect(trades.cadence == .every(milliseconds: 120_000, offset: 0))
        #expect(file.schedules.first?.forEach != nil)
    }

    @Test func `arguments of known tasks find their place, and others without names do not`() throws {
        let beat = try imported(
            """
            {"a": {"task": "data_tasks.fetch_market_data_task", "args": [["BTC-USD"], ["1h"]], "schedule": 60},
             "b": {"task": "x.y", "args": [1], "schedule": 60},
             "c": {"task": "refresh_all_market_data", "kwargs": {"product_ids": ["ETH-USD"]}, "schedule": 60}}
            """, map: ["y": "evaluation"])
        let file = try schedule(beat)
        #expect(
            file.schedules.map(\.argsJSON) == [
                #"{"products":["BTC-USD"],"what":"candles"}"#, #"{"products":["ETH-USD"],"what":"quotes"}"#,
            ])
        #expect(beat.text.contains("# timeframes left out"))
        #expect(beat.left.map(\.reason) == ["its arguments [1] have no names. Write args by hand."])
    }
}
