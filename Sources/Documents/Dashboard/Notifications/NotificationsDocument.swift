public import Foundation

/// A page of notifications.
public struct NotificationsDocument: Encodable, Sendable {
    /// One of them.
    public struct Entry: Encodable, Sendable {
        let id: Int
        let type, title, message, priority: String
        let read: Bool
        let createdAt: NaiveTime
        let age: String

        /// - Parameters:
        ///   - type: the page picks an icon by it.
        ///   - priority: `low`, `normal`, `high` or `critical`.
        ///   - createdAt: nil for a time that cannot be read.
        ///   - age: in words, such as `3 minutes ago`.
        public init(
            id: Int, type: String, title: String, message: String, priority: String, read: Bool, createdAt: Date?,
            age: String
        ) {
            self.id = id
            self.type = type
            self.title = title
            self.message = message
            self.priority = priority
            self.read = read
            self.createdAt = NaiveTime(createdAt)
            self.age = age
        }

        enum CodingKeys: String, CodingKey {
            case id, type, title, message, priority, read
            case createdAt = "created_at"
            case age = "time_ago"
        }
    }

    let notifications: [Entry]
    let totalCount, unreadCount: Int

    /// - Parameter unreadCount: of all, not only of this page.
    public init(_ notifications: [Entry], unreadCount: Int) {
        self.notifications = notifications
        // As the old backend counts: the length of the page.
        totalCount = notifications.count
        self.unreadCount = unreadCount
    }

    enum CodingKeys: String, CodingKey {
        case notifications
        case totalCount = "total_count"
        case unreadCount = "unread_count"
    }
}
