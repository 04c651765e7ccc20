import GRDB
public import Trading

/// What the exchange lists, and what of it is new.
extension Ledger {
    /// Every pair that was ever listed, as far as a new list is compared with it.
    public func knownPairs() async throws(LedgerError) -> [PairChanges.Known] {
        try await read { try Self.knownPairs($0) }
    }

    /// `nil` for a pair that was never seen.
    public func trackedPair(_ product: String) async throws(LedgerError) -> TrackedPair? {
        try await read { db in
            try Row.one(db, sql: "SELECT * FROM trading_pairs WHERE product_id = ?", arguments: [product])
                .map { TrackedPair($0) }
        }
    }

    /// Adds new pairs and renews the status of known ones. New ones are marked as new listings, each with one
    /// notification if it trades against the dollar, but for those of the first scan, which knows nothing yet.
    /// - Parameter listed: all products of the exchange.
    /// - Returns: what was new and what had changed.
    public func recordPairs(_ listed: [Product]) async throws(LedgerError) -> PairChanges {
        let at = LedgerTime(now()).text
        return try await write { db in
            let changes = PairChanges(listed, known: try Self.knownPairs(db))
            for product in changes.found { try Self.add(product, isNew: !changes.isFirst, at: at, db) }
            for product in changes.changed {
                try db.run(
                    """
                    UPDATE trading_pairs SET status = ?, trading_disabled = ?, is_disabled = ?, last_updated = ?
                    WHERE product_id = ?
                    """,
                    [product.status, product.tradingDisabled, product.isDisabled, at, product.id.rawValue])
            }
            for product in changes.news.prefix(Self.mostPairNotices) { try Self.tell(of: product, at: at, db) }
            return changes
        }
    }

    /// More pairs than this at once are no news of one pair.
    public static let mostPairNotices = 20

    private static func knownPairs(_ db: Database) throws -> [PairChanges.Known] {
        try Row.fetchAll(db, sql: "SELECT * FROM trading_pairs ORDER BY id").map { row in
            PairChanges.Known(
                product: row.text("product_id") ?? "", status: row.text("status"),
                isTradingDisabled: row.flag("trading_disabled"), isDisabled: row.flag("is_disabled"))
        }
    }

    private static func add(_ product: Product, isNew: Bool, at: String, _ db: Database) throws {
        let price = product.price.isPositive ? product.price.doubleValue : nil
        let arguments: [(any DatabaseValueConvertible)?] = [
            product.id.rawValue, product.id.base, product.id.quote, product.facts.baseName ?? product.id.base,
            product.status, product.tradingDisabled, product.isDisabled, at, at, isNew, price,
            product.facts.quoteVolume,
        ]
        try db.run(
            """
            INSERT INTO trading_pairs (
                product_id, base_currency_id, quote_currency_id, base_name, status, trading_disabled, is_disabled,
                first_seen, last_updated, is_new_listing, initial_price, initial_volume_24h)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (product_id) DO NOTHING
            """, StatementArguments(arguments))
    }

    private static func tell(of product: Product, at: String, _ db: Database) throws {
        try db.run(
            """
            INSERT INTO notifications (type, title, message, priority, data, read, created_at, event_key)
            VALUES ('new_pair_alert', ?, ?, 'high', NULL, 0, ?, ?) ON CONFLICT (event_key) DO NOTHING
            """,
            ["New trading pair: \(product.id)", "New USD pair \(product.id)", at, "new-pair:\(product.id)"])
    }
}
