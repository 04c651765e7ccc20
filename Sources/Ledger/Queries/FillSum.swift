import Foundation
import GRDB
import Trading

/// What the recorded fills of one order add up to; exact.
struct FillSum {
    let size: Amount
    let notional: Amount
    let commission: Amount
    let lastAt: Date?

    /// `nil` without fills; cut after 12 decimals.
    var averagePrice: Amount? { try? notional.divided(by: size, scale: 12) }

    init(ofOrder id: String, _ db: Database) throws {
        let rows = try Row.fetchAll(db, sql: "SELECT * FROM raw_trades WHERE order_id = ?", arguments: [id])
        let fills = try rows.map { try RawTradeRecord($0) }
        size = try fills.reduce(.zero) { try $0 + $1.baseSize() }
        notional = try fills.reduce(.zero) { try $0 + $1.notional() }
        commission = fills.reduce(.zero) { $0 + $1.commission }
        lastAt = fills.compactMap(\.at).max()
    }
}
