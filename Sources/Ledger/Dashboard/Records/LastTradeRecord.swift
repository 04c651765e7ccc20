public import Foundation
import GRDB

/// A bot's newest trade by creation, whatever became of it; its words as they are stored.
public struct LastTradeRecord: Sendable, Equatable {
    /// In any case; nil for NULL.
    public let side: String?
    /// Quote units; nil for NULL.
    public let price: Double?
    /// Base units; nil for NULL.
    public let size: Double?
    /// Free text; nil for NULL.
    public let status: String?
    /// When it was created; nil for a stored time that cannot be read.
    public let createdAt: Date?

    init(_ row: Row) {
        side = row.text("side")
        price = row.number("price")
        size = row.number("size")
        status = row.text("status")
        createdAt = row.time("created_at")
    }
}
