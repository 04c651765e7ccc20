public import Foundation
import GRDB

/// A row of `notifications`.
public struct NotificationRecord: Sendable, Equatable {
    /// The row's id in `notifications`.
    public let id: Int
    /// Such as `trade_alert` or `system_alert`; the page picks an icon by it.
    public let type: String
    /// One line for people.
    public let title: String
    /// Text for people.
    public let message: String
    /// `normal` for NULL.
    public let priority: String
    /// JSON text.
    public let details: String?
    /// False for NULL; a new notification is unread.
    public let isRead: Bool
    /// `nil` for a stored time that cannot be read.
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
