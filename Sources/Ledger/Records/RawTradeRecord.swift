public import Foundation
import GRDB
public import Trading

/// A row of `raw_trades`: one fill as the exchange reported it, never edited. The truth about money.
public struct RawTradeRecord: Sendable, Equatable {
    /// The exchange's `entry_id`, unique in the table; empty for NULL.
    public let fillID: String
    /// The exchange's id of the order.
    public let orderID: String
    /// As the exchange wrote it, such as `BTC-USD`.
    public let productID: String
    /// Read in upper or lower case.
    public let side: Side
    /// Base units, or quote units when `sizeInQuote`.
    public let size: Amount
    /// Whether `size` counts quote units.
    public let sizeInQuote: Bool
    /// Quote units for one base unit.
    public let price: Amount
    /// Zero for NULL.
    public let commission: Amount
    /// When the exchange filled it; `nil` for a stored time that cannot be read.
    public let at: Date?

    /// Throws `unreadable` for a side, size or price that is none.
    init(_ row: Row) throws(LedgerError) {
        fillID = row.text("fill_id") ?? ""
        orderID = row.text("order_id") ?? ""
        productID = row.text("product_id") ?? ""
        guard let side = row.text("side").flatMap({ Side(rawValue: $0.uppercased()) }) else {
            throw row.unreadable("side")
        }
        guard let size = try row.amount("size_text", orFloat: "size") else { throw row.unreadable("size") }
        guard let price = try row.amount("price_text", orFloat: "price") else { throw row.unreadable("price") }
        self.side = side
        self.size = size
        self.price = price
        sizeInQuote = row.flag("size_in_quote")
        commission = try row.amount("commission_text", orFloat: "commission") ?? .zero
        at = row.time("created_at")
    }

    /// Base units. A size in quote units is divided by the price and cut after 12 decimals.
    public func baseSize() throws(LedgerError) -> Amount {
        guard sizeInQuote else { return size }
        do { return try size.divided(by: price, scale: 12) } catch { throw unreadable("size / price") }
    }

    /// Quote units without commission: exact, unless size and price together have over 23 decimals, as only FLOATs of
    /// the Python application do; then the size is cut to fit.
    public func notional() throws(LedgerError) -> Amount {
        guard !sizeInQuote else { return size }
        if let exact = try? size.times(price) { return exact }
        let room = max(0, Amount.maximumScale - price.scale)
        do { return try Amount(size.text(scale: room)).times(price) } catch { throw unreadable("size x price") }
    }

    private func unreadable(_ column: String) -> LedgerError {
        .unreadable(row: fillID, column: column, value: "\(size), \(price)")
    }
}
