public import Foundation
import GRDB
public import Trading

/// A row of `raw_trades` for lists and sums, whatever its columns hold.
public struct ListedFill: Sendable, Equatable {
    /// The row's id in `raw_trades`.
    public let id: Int
    /// The exchange's `entry_id`; empty for NULL.
    public let fillID: String
    /// The exchange's id of the order; empty for NULL.
    public let orderID: String
    /// As the exchange wrote it, such as `BTC-USD`; empty for NULL.
    public let productID: String
    /// In upper case; words other than BUY and SELL too, and empty for NULL.
    public let side: String
    /// Base units, or quote units when `sizeInQuote`; 0 for what is no number.
    public let size: Double
    /// Whether `size` counts quote units.
    public let sizeInQuote: Bool
    /// Quote units for one base unit; 0 for what is no number.
    public let price: Double
    /// Quote units; nil for NULL and for what is no number.
    public let commission: Double?
    /// As stored: ISO text with `Z` where the exchange's answer was copied.
    public let createdAtText: String
    /// Nil for a stored time that cannot be read.
    public let createdAt: Date?
    /// When the row was written.
    public let syncedAt: Date?
    /// Exact; nil when side, size or price is unusable. A commission that is none counts as zero.
    public let fill: RecordedFill?

    /// Quote units without commission; 0 when it is no number.
    public var usdValue: Double {
        let value = sizeInQuote ? size : size * price
        return value.isFinite ? value : 0
    }

    init(_ row: Row) {
        id = row.integer("id") ?? 0
        fillID = row.text("fill_id") ?? ""
        orderID = row.text("order_id") ?? ""
        productID = row.text("product_id") ?? ""
        side = (row.text("side") ?? "").uppercased()
        size = row.number("size") ?? 0
        sizeInQuote = row.flag("size_in_quote")
        price = row.number("price") ?? 0
        commission = row.number("commission")
        createdAtText = row.text("created_at") ?? ""
        createdAt = row.time("created_at")
        syncedAt = row.time("synced_at")
        fill = ListedFill.fill(row)
    }

    private static func fill(_ row: Row) -> RecordedFill? {
        guard let side = row.text("side").flatMap({ Side(rawValue: $0.uppercased()) }),
            let size = try? row.amount("size_text", orFloat: "size"),
            let price = try? row.amount("price_text", orFloat: "price")
        else { return nil }
        let commission = (try? row.amount("commission_text", orFloat: "commission")) ?? .zero
        return try? RecordedFill(
            side: side, size: size, sizeInQuote: row.flag("size_in_quote"), price: price, commission: commission)
    }
}
