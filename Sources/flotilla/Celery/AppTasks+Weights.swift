import CeleryBridge
import JobQueue
import Jobs
import Ledger
import Worker

/// Weights of signals, and the figures about them.
extension AppTasks {
    func registerWeights(into table: inout TaskTable) {
        table["adaptive_weighting.update_bot_weights"] = { call in
            let arguments = try BoundArguments(call, [.required("bot_id")])
            let bot = try arguments.needed("bot_id", try arguments.int("bot_id"))
            return try await reporting({ unweighed(bot, $0) }) {
                try await run(
                    .rebalance, WireObject([("what", .text("weights")), ("bot_id", WireValue(bot))]), call.context)
            }
        }
        table["adaptive_weighting.update_all_eligible_bots"] = { call in
            _ = try BoundArguments(call, [])
            return try await run(.rebalance, WireObject([("what", .text("weights"))]), call.context)
        }
        table["adaptive_weighting.calculate_performance_metrics"] = { call in
            let arguments = try BoundArguments(call, [.optional("pair", .null), .optional("regime", .null)])
            var what = WireObject([("what", .text("performance-metrics"))])
            for name in ["pair", "regime"] where !arguments[name].isNull { what[name] = arguments[name] }
            let done = try await run(.rebalance, what, call.context)
            return TaskReturn(
                done.value.keeping([
                    "success", "metrics_calculated", "pair_filter", "regime_filter", "timestamp", "message",
                ]), output: done.output)
        }
    }

    private func unweighed(_ bot: Int, _ reason: String) -> WireValue {
        let none = WireValue(members: [])
        return WireValue(members: [
            ("bot_id", WireValue(bot)), ("success", .bool(false)), ("message", .text(reason)), ("old_weights", none),
            ("new_weights", none), ("performance_metrics", none), ("timestamp", .text(naiveTime)),
        ])
    }
}
