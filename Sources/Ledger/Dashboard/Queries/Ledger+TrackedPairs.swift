public import Foundation
import GRDB

/// Which products of the exchange are tracked, and which of them are new?
extension Ledger {
    /// - Parameter since: from which time on a pair counts as recent.
    public func trackedPairTotals(since: Date) async throws(LedgerError) -> TrackedPairTotals {
        let since = LedgerTime(since).text
        return try await read { db in
            let counts = try Row.one(
                db,
                sql: """
                    SELECT count(*) AS pairs, total(quote_currency_id = 'USD') AS dollars,
                        total(coalesce(is_new_listing, 1) != 0) AS unprocessed,
                        total(first_seen >= ? AND \(Ledger.isTime)) AS recent
                    FROM trading_pairs
                    """, arguments: [since])
            let latest = try Row.one(
                db,
                sql: "SELECT * FROM trading_pairs ORDER BY \(Ledger.isTime) DESC, first_seen DESC, id DESC LIMIT 1",
                arguments: [])
            func count(_ name: String) -> Int { counts?.integer(name) ?? 0 }
            return TrackedPairTotals(
                all: count("pairs"), inDollars: count("dollars"), unprocessed: count("unprocessed"),
                recent: count("recent"), latest: latest.map { TrackedPair($0) })
        }
    }

    /// Pairs that were seen first since a time; the newest first, at most `limit`.
    public func trackedPairs(since: Date, limit: Int) async throws(LedgerError) -> [TrackedPair] {
        let since = LedgerTime(since).text
        return try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM trading_pairs WHERE first_seen >= ? AND \(Ledger.isTime)
                    ORDER BY first_seen DESC, id LIMIT ?
                    """, arguments: [since, limit]
            ).map { TrackedPair($0) }
        }
    }

    /// Other text would sort behind every time.
    private static let isTime = "coalesce(first_seen, '') GLOB '[0-9][0-9][0-9][0-9]-*'"

    /// Notes that somebody has looked at these pairs.
    /// - Returns: those that are tracked, in the order given, each once; and how many of them were new.
    public func markPairsProcessed(
        _ products: [String]
    ) async throws(LedgerError) -> (tracked: [String], changed: Int) {
        let at = LedgerTime(now()).text
        return try await write { db in
            var (tracked, changed): ([String], Int) = ([], 0)
            for product in products where !tracked.contains(product) {
                let row = try Row.one(
                    db, sql: "SELECT 1 FROM trading_pairs WHERE product_id = ?", arguments: [product])
                guard row != nil else { continue }
                tracked.append(product)
                try db.run(
                    """
                    UPDATE trading_pairs SET is_new_listing = 0, last_updated = ?
                    WHERE product_id = ? AND coalesce(is_new_listing, 1) != 0
                    """, [at, product])
                changed += db.changesCount
            }
            return (tracked, changed)
        }
    }
}
