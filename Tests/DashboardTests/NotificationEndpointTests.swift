import Foundation
import JobQueue
import Ledger
import Testing

@testable import Dashboard

@Suite struct NotificationEndpointTests {
    @Test(arguments: [
        "get_notifications-unread-count", "get_notifications__limit10", "get_notifications__limit20",
        "get_notifications__limit50", "get_notifications__unread20", "get_notifications__limit101",
    ])
    func `notifications read as recorded`(_ golden: String) async throws {
        #expect(try await DashboardBench().differences(golden) == [])
    }

    @Test(arguments: ["post_notifications-notifications-1-read", "post_notifications-notifications-999-read"])
    func `marking one as read is as recorded`(_ golden: String) async throws {
        #expect(try await DashboardBench().differences(golden) == [])
        #expect(try await DashboardBench().rowDifferences(golden) == [])
    }

    @Test func `the test notification is as recorded, its data as JSON`() async throws {
        #expect(try await DashboardBench().differences("post_notifications-test") == [])
        let bench = try await DashboardBench()
        #expect(
            try await bench.rowDifferences("post_notifications-test", allowing: ["$.notifications.rows[0].data"]) == [])
        let data = try #require(try await bench.ledger.notifications(limit: 1).first?.details)
        let golden = try Golden("post_notifications-test").changes["notifications"]?["rows"][0]["data"].string
        let json = golden?.replacing("'", with: "\"").replacing("True", with: "true")
        #expect(data == json)
    }

    @Test func `twenty are shown when nothing is asked for`() async throws {
        let page = try await DashboardBench().json(.get, "/api/v1/notifications/")
        #expect(page["total_count"] == .integer(20) && page["unread_count"] == .integer(4))
    }

    @Test func `what is read once stays so, and stands in the operator log once`() async throws {
        let bench = try await DashboardBench()
        for _ in 0..<2 {
            let answer = try await bench.call(.post, "/api/v1/notifications/notifications/1/read")
            #expect(answer.status == 200)
        }
        #expect(try await bench.json(.get, "/api/v1/notifications/unread-count")["unread_count"] == .integer(3))
        #expect(try await bench.operatorLog().map(\.action) == ["notification.read"])
        #expect(try await bench.operatorLog().first?.before == "\"unread\"")
    }

    @Test func `rows with nonsense are shown, with texts where the page needs texts`() async throws {
        let bench = try await DashboardBench(
            changedBy: """
                INSERT INTO notifications (id, type, title, message, priority, data, read, created_at) VALUES
                    (100, 7, x'00', '<script>', NULL, NULL, 'no', 'tomorrow'),
                    (101, 't', 't', 'm', 'low', '{', NULL, '2025-10-05 12:00:00'),
                    (102, 't', 't', 'm', 'low', '{', 2, NULL);
                """)
        let page = try await bench.json(.get, "/api/v1/notifications", query: ["limit": "100"])
        #expect(page["notifications"].elements.count == 33 && page["unread_count"] == .integer(6))
        let rows = page["notifications"].elements
        #expect(rows.allSatisfy { $0["title"].string != nil && $0["message"].string != nil })
        #expect(rows.allSatisfy { $0["priority"].string != nil && $0["time_ago"].string != nil })
        let first = try #require(rows.first { $0["id"] == .integer(100) })
        #expect(first["time_ago"] == .text("Unknown") && first["created_at"] == .null)
        #expect(first["type"] == .text("7") && first["priority"] == .text("normal"))
        #expect(rows.first { $0["id"] == .integer(101) }?["time_ago"] == .text("Just now"))
        let unread = try await bench.json(.get, "/api/v1/notifications", query: ["unread_only": "true"])
        #expect(unread["notifications"].elements.count == 6)
    }

    @Test(arguments: [
        (-1, "Just now"), (60.9, "Just now"), (61, "1 minute ago"), (119, "1 minute ago"), (3_600, "60 minutes ago"),
        (3_601, "1 hour ago"), (7_200, "2 hours ago"), (86_399, "23 hours ago"), (86_400, "1 day ago"),
        (172_800, "2 days ago"),
    ])
    func `an age is told by its largest unit`(_ seconds: Double, _ words: String) {
        #expect(AgeInWords.text(since: FixtureLedger.now - seconds, now: FixtureLedger.now) == words)
    }
}
