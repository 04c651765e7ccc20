import Documents
import Ledger

/// What the bell and its panel show.
struct NotificationEndpoints: Sendable {
    private let dependencies: DashboardDependencies

    init(_ dependencies: DashboardDependencies) { self.dependencies = dependencies }

    private var ledger: Ledger { dependencies.ledger }
    private static let logSubject = "notifications"

    var all: [Endpoint] {
        [
            Endpoint(
                .get, "/api/v1/notifications", "The newest notifications.",
                [
                    .query("limit", .integer(1...100), standard: "20"),
                    .query("unread_only", .flag, standard: "false"),
                ]
            ) { call in
                let records = try await ledger.notifications(
                    limit: call.integer("limit"), unreadOnly: call.flag("unread_only"))
                return .document(
                    NotificationsDocument(
                        records.map { entry($0) }, unreadCount: try await ledger.unreadNotificationCount()))
            },
            Endpoint(.get, "/api/v1/notifications/unread-count", "How many notifications nobody has read.") { _ in
                .document(UnreadCountDocument(unreadCount: try await ledger.unreadNotificationCount()))
            },
            Endpoint(
                .post, "/api/v1/notifications/notifications/{notification_id}/read", "Marks a notification as read.",
                [.path("notification_id", .integer)]
            ) { call in
                try await markRead(call.integer("notification_id"))
            },
            Endpoint(.post, "/api/v1/notifications/test", "Adds a notification, to see one.") { _ in
                try await addTest()
            },
        ]
    }

    private func entry(_ record: NotificationRecord) -> NotificationsDocument.Entry {
        NotificationsDocument.Entry(
            id: record.id, type: record.type, title: record.title, message: record.message, priority: record.priority,
            read: record.isRead, createdAt: record.createdAt,
            age: AgeInWords.text(since: record.createdAt, now: dependencies.now()))
    }

    private func markRead(_ id: Int) async throws -> Answer {
        guard let wasUnread = try await ledger.markNotificationRead(id) else {
            throw DashboardError.notFound("Notification not found")
        }
        if wasUnread {
            await dependencies.operatorLog.note(
                "notification.read", "notification \(id)", about: Self.logSubject, before: "unread", after: "read")
        }
        return .document(OutcomeDocument(success: true, message: "Notification marked as read"))
    }

    private func addTest() async throws -> Answer {
        try await ledger.addNotification(
            type: "market_opportunity", title: TestNotification.title, message: TestNotification.message,
            priority: "high", details: TestNotification.details)
        await dependencies.operatorLog.note(
            "notification.test", TestNotification.title, about: Self.logSubject, before: JSONValue.null, after: "unread"
        )
        return .document(OutcomeDocument(success: true, message: "Test notification created"))
    }
}

/// A notification as a market scan makes them, of a product that is none.
private enum TestNotification {
    static let title = "🎯 Market Opportunity: TEST-USD"
    static let message = """
        Market scan discovered 1 exceptional trading opportunities:

        1. **TEST-USD** (Test Token)
           • Score: 16.5/25 (GOOD_CANDIDATE)
           • Price: $1.2340 (+15.5%)
           • Volume: $25.0M (+125.0%)

        """
    static let details = """
        {"opportunities": [{"product_id": "TEST-USD", "base_name": "Test Token", "price": 1.234, "total_score": 16.5, \
        "recommendation": "GOOD_CANDIDATE", "price_change_24h": 15.5, "volume_24h_million": 25.0, \
        "volume_change_24h": 125.0}], "summary": {"test": true}}
        """
}

extension Endpoint {
    /// See `NotificationEndpoints`.
    static func notifications(_ dependencies: DashboardDependencies) -> [Endpoint] {
        NotificationEndpoints(dependencies).all
    }
}
