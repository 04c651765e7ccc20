import Foundation
import JobQueue
import Testing

@testable import Dashboard

@Suite struct TrackedPairEndpointTests {
    @Test(arguments: ["get_new-pairs-stats", "get_new-pairs-recent", "get_new-pairs-recent__days31"])
    func `tracked pairs read as recorded`(_ golden: String) async throws {
        #expect(try await DashboardBench().differences(golden) == [])
    }

    @Test func `an empty table is as recorded`() async throws {
        #expect(try await DashboardBench(fixture: false).differences("get_new-pairs-stats__empty-db") == [])
    }

    @Test func `pairs that somebody has looked at are new no more`() async throws {
        let bench = try await DashboardBench()
        let before = try TableRows(of: bench.file)
        let body = #"["ZORA-USD", "NOPE-USD", "ZORA-USD"]"#
        for _ in 0..<2 {
            let answer = try await bench.json(.post, "/api/v1/new-pairs/mark-processed", body: body)
            #expect(answer["success"] == .flag(true) && answer["processed_pairs"] == .list([.text("ZORA-USD")]))
            #expect(answer["message"] == .text("Marked 1 pairs as processed"))
        }
        let changes = before.changes(to: try TableRows(of: bench.file))
        #expect(changes.keys.sorted() == ["trading_pairs"])
        #expect(
            changes["trading_pairs"]?["rows"]
                == .list([
                    .object([
                        "op": .text("update"), "id": .integer(39), "is_new_listing": .list([.integer(1), .integer(0)]),
                        "last_updated": .list([.text("2025-10-04 11:00:00"), .text("2025-10-04 12:00:00")]),
                    ])
                ]))
        #expect(try await bench.operatorLog().map(\.action) == ["pairs.processed"])
        let statistics = try await bench.json(.get, "/api/v1/new-pairs/stats")
        #expect(statistics["stats"]["unprocessed_new_pairs"] == .integer(2))
    }

    @Test func `only texts name pairs`() async throws {
        let bench = try await DashboardBench()
        let wrong = try await bench.json(.post, "/api/v1/new-pairs/mark-processed", body: #"["A", 1]"#)
        #expect(wrong["detail"][0]["loc"] == .list([.text("body"), .integer(1)]))
        #expect(wrong["detail"][0]["type"] == .text("string_type"))
        let none = try await bench.call(.post, "/api/v1/new-pairs/mark-processed", body: "{}")
        #expect(none.status == 422)
    }

    @Test func `rows with nonsense are shown, and their times count nowhere`() async throws {
        let bench = try await DashboardBench()
        try bench.file.execute(
            """
            INSERT INTO trading_pairs (product_id, base_currency_id, quote_currency_id, first_seen, initial_price)
            VALUES ('<b>', x'00', 7, 'zzz', 'x'), ('NEW-USD', 'NEW', 'USD', '2025-10-04T12:00:00Z', 9e999);
            """)
        let statistics = try await bench.json(.get, "/api/v1/new-pairs/stats")
        #expect(statistics["stats"]["total_pairs_tracked"] == .integer(56))
        #expect(statistics["stats"]["latest_discovery"]["product_id"] == .text("NEW-USD"))
        #expect(statistics["stats"]["unprocessed_new_pairs"] == .integer(5))
        let recent = try await bench.json(.get, "/api/v1/new-pairs/recent", query: ["days": "1"])
        #expect(recent["pairs_found"] == .integer(1) && recent["pairs"][0]["initial_price"] == .null)
        #expect(recent["pairs"][0]["base_name"] == .text("NEW"))
        #expect(recent["pairs"][0]["days_since_listing"] == .integer(0))
    }
}
