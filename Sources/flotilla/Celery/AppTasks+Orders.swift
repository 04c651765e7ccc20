import CeleryBridge
import JobQueue
import Jobs
import Ledger
import Worker

/// What the exchange says of orders.
extension AppTasks {
    private static let reconcile = WireObject([("reconcile", .bool(true))])
    /// How often one order is asked about, and for how long, in milliseconds.
    private static let pollMilliseconds: Int64 = 2_000
    private static let patienceMilliseconds: Int64 = 300_000
    /// Trades among which one that is no longer open is looked for.
    private static let searchedTrades = 5_000

    /// Reconciles all open orders; counts what that changed in the rows of trades.
    func updateTrades(_ call: TaskCall) async throws -> TaskReturn {
        let before = try await dependencies.ledger.openTrades()
        let done = try await run(.execution, Self.reconcile, call.context)
        let open = Dictionary(
            try await dependencies.ledger.openTrades().map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        let closed = Set(before.map(\.id)).subtracting(open.keys)
        var after = open
        if !closed.isEmpty {
            for trade in try await dependencies.ledger.trades(limit: Self.searchedTrades) { after[trade.id] = trade }
        }
        let updated = before.filter { old in after[old.id].map { $0.status != old.status } ?? false }
        let completed = updated.count { after[$0.id]?.status == .completed || after[$0.id]?.status == .filled }
        let failed = updated.count { after[$0.id]?.status == .failed || after[$0.id]?.status == .cancelled }
        let issues = open.values.filter { $0.orderID == nil }.sorted { $0.id < $1.id }.map { trade in
            WireValue(members: [
                ("trade_id", WireValue(trade.id)), ("issue", .text("The trade has no id of an order yet.")),
            ])
        }
        return TaskReturn(
            WireValue(members: [
                ("status", .text("success")), ("message", .text("Updated \(updated.count) trade statuses")),
                (
                    "details",
                    WireValue(members: [
                        ("total_checked", WireValue(before.count)), ("updated_count", WireValue(updated.count)),
                        ("completed_count", WireValue(completed)), ("failed_count", WireValue(failed)),
                        ("sync_issues_count", WireValue(issues.count)), ("sync_issues", .list(issues)),
                        ("timestamp", .text(naiveTime)),
                    ])
                ),
            ]), output: done.output)
    }

    /// Asks until the order is over. Between two questions the job waits as a delayed one, so that it holds no slot.
    func monitorOrder(_ call: TaskCall) async throws -> TaskReturn {
        let arguments = try BoundArguments(call, [.required("order_id"), .required("trade_id")])
        let order = try arguments.needed("order_id", try arguments.text("order_id"))
        let trade = try arguments.needed("trade_id", try arguments.int("trade_id"))
        let names = [("order_id", WireValue.text(order)), ("trade_id", WireValue(trade))]
        let report: (String) -> WireValue = {
            WireValue(members: [("status", .text("error")), ("error", .text($0))] + names)
        }
        return try await reporting(report) {
            _ = try await run(.execution, Self.reconcile, call.context)
            let isOpen = try await dependencies.ledger.openTrades().contains { $0.id == trade }
            if isOpen {
                let waited = try await call.context.now() - call.context.job.envelope.enqueuedMilliseconds
                guard waited < Self.patienceMilliseconds else {
                    return TaskReturn(report("Order \(order) is still open after 5 minutes"))
                }
                throw JobStop.postpone(
                    milliseconds: Self.pollMilliseconds, reason: "order \(order) is open at the exchange")
            }
            let known = try await dependencies.ledger.trades(limit: Self.searchedTrades)
            guard let row = known.first(where: { $0.id == trade }) else {
                return TaskReturn(report("Trade \(trade) not found"))
            }
            guard row.orderID == order else {
                return TaskReturn(report("Trade \(trade) is of another order, \(row.orderID ?? "none")"))
            }
            return TaskReturn(WireValue(members: [("status", .text("completed"))] + names))
        }
    }
}
