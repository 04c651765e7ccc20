import Foundation
import GRDB

/// The fills, for lists and sums. A row that cannot be read is listed with zeros and counts in no sum.
extension Ledger {
    /// Most rows of one list.
    private static let mostListed = 10_000

    /// The newest fills first; of one product, or of all.
    /// - Parameter limit: at most 10 000; a negative one counts as that.
    public func listedFills(productID: String?, limit: Int) async throws(LedgerError) -> [ListedFill] {
        let most = limit < 0 ? Self.mostListed : min(limit, Self.mostListed)
        return try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM raw_trades WHERE ?1 IS NULL OR product_id = ?1
                    ORDER BY created_at DESC, id LIMIT ?2
                    """, arguments: [productID, most]
            ).map { ListedFill($0) }
        }
    }

    /// The fills of one order, by their rows; at most 10 000.
    public func listedFills(ofOrder id: String) async throws(LedgerError) -> [ListedFill] {
        try await read { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM raw_trades WHERE order_id = ? ORDER BY id LIMIT ?",
                arguments: [id, Self.mostListed]
            ).map { ListedFill($0) }
        }
    }

    /// What all fills add up to, product by product, in the order of each product's first fill.
    /// - Parameter product: only this one.
    public func productFills(of product: String? = nil) async throws(LedgerError) -> [ProductFills] {
        try await read { db in
            var products: [ProductFills] = []
            var places: [String: Int] = [:]
            for fill in try Ledger.fillsInOrder(of: product, db) {
                let place = places[fill.productID] ?? products.count
                if place == products.count {
                    products.append(ProductFills(productID: fill.productID))
                    places[fill.productID] = place
                }
                products[place].add(fill)
            }
            return products
        }
    }

    /// By time, whichever way it is spelled; rows without a readable time first, as nothing is known before them.
    private static func fillsInOrder(of product: String?, _ db: Database) throws -> [ListedFill] {
        try Row.fetchAll(
            db, sql: "SELECT * FROM raw_trades WHERE ?1 IS NULL OR product_id = ?1 ORDER BY created_at, id",
            arguments: [product]
        ).map { ListedFill($0) }
            .sorted { ($0.createdAt ?? .distantPast, $0.id) < ($1.createdAt ?? .distantPast, $1.id) }
    }
}
