/// How many notifications nobody has read.
public struct UnreadCountDocument: Encodable, Sendable {
    let unreadCount: Int

    /// - Parameter unreadCount: of all.
    public init(unreadCount: Int) { self.unreadCount = unreadCount }

    enum CodingKeys: String, CodingKey { case unreadCount = "unread_count" }
}
