import Foundation
import GRDB
public import Trading

/// What speaks against an order that is about to be placed?
extension Ledger {
    /// What a check would judge now. The judgement that counts is that of `beginIntent`.
    public func placementRecord(_ question: PlacementQuestion) async throws(LedgerError) -> PlacementRecord {
        try await read { try Ledger.placementRecord(question, $0) }
    }

    static func placementRecord(_ question: PlacementQuestion, _ db: Database) throws -> PlacementRecord {
        let undecided = try unsettledIntents(botID: nil, db).filter { $0.intent.jobID != question.jobID }
        let bot = try question.botID.flatMap { id in
            try Row.one(db, sql: "SELECT * FROM bots WHERE id = ?", arguments: [id]).map { BotRecord($0) }
        }
        let sizes = try Row.all(
            db, sql: "SELECT * FROM bots WHERE status = 'RUNNING' AND pair = ?", arguments: [question.product.rawValue]
        ).map { BotRecord($0).positionSizeUSD }
        return PlacementRecord(
            bot: bot, gate: try gate(question, undecided, db),
            newestAction: try question.botID.flatMap { id in
                try lastAction(botID: id, since: .distantPast, notJob: "", db)?.action
            },
            isSpent: try isSpent(question, db), undecided: undecided,
            settledOrders: try Int.fetchOne(db, sql: "SELECT settled FROM order_changes WHERE id = 1") ?? 0,
            isRebalanceOpen: try question.rebalanceID.map { try isOpen(rebalance: $0, db) } ?? false,
            runningSize: sizes.isEmpty ? nil : sizes.reduce(.zero, +))
    }

    private static func gate(
        _ question: PlacementQuestion, _ undecided: [IntentRecord], _ db: Database
    ) throws -> ActionGate.Record {
        guard let id = question.botID else { return ActionGate.Record() }
        // A trade that our own intent made is no other order.
        let own = try String.fetchAll(
            db, sql: "SELECT order_id FROM order_intents WHERE job_id = ? AND order_id IS NOT NULL",
            arguments: [question.jobID])
        let open = try openOrders(botID: id, db).filter { trade in !own.contains { $0 == trade.orderID } }
        return ActionGate.Record(
            lastFillAt: try latestFill(botID: id, db)?.filledAt, lastTradePrice: try lastTradePrice(botID: id, db),
            hasOpenOrder: !open.isEmpty || undecided.contains { $0.botID == id })
    }

    private static func isSpent(_ question: PlacementQuestion, _ db: Database) throws -> Bool {
        guard let id = question.botID else { return false }
        let since = LedgerTime(question.decidedAt).text
        let begun = try Row.one(
            db,
            sql: """
                SELECT 1 FROM order_intents
                WHERE bot_id = ? AND job_id != ? AND state != 'FAILED' AND created_at >= ? LIMIT 1
                """, arguments: [id, question.jobID, since])
        if begun != nil { return true }
        return try Row.one(
            db,
            sql: """
                SELECT 1 FROM trades
                WHERE bot_id = ? AND status IN ('filled', 'completed') AND filled_at >= ?
                    AND coalesce(order_id, '') NOT IN (
                        SELECT order_id FROM order_intents WHERE job_id = ? AND order_id IS NOT NULL
                    )
                LIMIT 1
                """, arguments: [id, since, question.jobID]) != nil
    }
}

/// What did the account hold, and at which price was it traded last?
extension Ledger {
    /// Remembers what the account holds, so that its quotes are fetched too. Writes only when it has changed.
    public func noteHeldProducts(_ products: Set<ProductID>) async throws(LedgerError) {
        guard try await heldProducts() != products else { return }
        let at = now()
        try await write { db in
            try db.execute(sql: "DELETE FROM held_products")
            for product in products.sorted() {
                try db.run(
                    "INSERT INTO held_products (product_id, seen_at) VALUES (?, ?)",
                    [product.rawValue, LedgerTime(at).text])
            }
        }
    }

    /// Remembers one more.
    public func noteHeldProduct(_ product: ProductID) async throws(LedgerError) {
        let held = try await heldProducts()
        if !held.contains(product) { try await noteHeldProducts(held.union([product])) }
    }

    /// As `noteHeldProducts` was told last.
    public func heldProducts() async throws(LedgerError) -> Set<ProductID> {
        try await read { db in
            Set(
                try String.fetchAll(db, sql: "SELECT product_id FROM held_products")
                    .compactMap(ProductID.init(rawValue:)))
        }
    }

    /// The price of each product's newest recorded fill; products without any are left out.
    public func lastFillPrices(_ products: [ProductID]) async throws(LedgerError) -> [ProductID: Amount] {
        try await read { db in
            var prices: [ProductID: Amount] = [:]
            for product in products {
                let row = try Row.one(
                    db,
                    sql: """
                        SELECT * FROM raw_trades WHERE product_id = ? ORDER BY created_at DESC, id DESC LIMIT 1
                        """, arguments: [product.rawValue])
                prices[product] = row.flatMap { try? RawTradeRecord($0).price }
            }
            return prices
        }
    }
}
