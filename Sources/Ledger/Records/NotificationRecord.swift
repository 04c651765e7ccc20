public import Foundation
import GRDB

/// A row of `notifications`.
public struct NotificationRecord: Sendable, Equatable {
    public let id: Int
    public let type: String
    public let title: String
    public let message: String
    /// `normal` for NULL.
    public let priority: String
    /// JSON text.
    public let details: String?
    public let isRead: Bool
    public let createdAt: Date?

    init(_ row: Row) {
        id = row.integer("id") ?? 0
        type = row.text("type") ?? ""
        title = row.text("title") ?? ""
        message = row.text("message") ?? ""
        priority = row.text("priority") ?? "normal"
        details = row.text("data")
        isRead = row.flag("read")
        createdAt = row.time("created_at")
    }
}
