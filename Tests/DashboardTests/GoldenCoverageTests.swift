import Foundation
import Testing

@testable import Dashboard

/// Every recorded answer of rank A, B and C is compared by some test, or is one of a failure of the old backend.
@Suite struct GoldenCoverageTests {
    /// What the old backend answered with a 500, a wrong 404 or an error of its own, and the status here.
    private static let failures: [String: Int] = [
        "get_bots__null-fields": 200, "get_cache-monitoring-cache-health": 200, "get_new-pairs-analyze-NOPE-USD": 404,
        "post_market-analysis-auto-create-bot-FET-USD": 404,
        // Redirects to the spelling with a slash; here both spellings answer.
        "get_bots": 200, "post_bots": 200, "get_bots-status-summary": 200,
        "post_system-errors-errors-nope-resolve": 404, "put_bots-4__duplicate-name": 400,
    ]

    @Test func `each recording is named in a test`() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        var texts = ""
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) where file.hasSuffix(".swift") {
            guard !file.hasPrefix("GoldenCoverage") else { continue }
            texts += try String(contentsOf: folder.appending(path: file), encoding: .utf8)
        }
        // Names that tests put together.
        let built = [
            "get_bots-status-enhanced__cold", "get_bots-status-enhanced__second-poll", "get_trends-BTC-USD",
            "get_trends-XTZ-USD", "get_trends-NOPE-USD", "get_bots-status-enhanced",
            // No such path in the old backend; there is none here.
            "get_system-errors-bot-1",
        ]
        let recordings = try FileManager.default.contentsOfDirectory(
            atPath: folder.appending(path: "Fixtures/golden").path)
        let names = recordings.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }
        #expect(names.count > 120)
        let missing = names.filter { name in
            !["get_root", "get_health"].contains(name) && !texts.contains("\"\(name)\"") && !built.contains(name)
                && Self.failures[name] == nil
        }
        #expect(missing.sorted() == [])
    }

    @Test(arguments: ["get_root", "get_health"])
    func `the root and the probe of the old backend answer as recorded`(_ name: String) async throws {
        #expect(try await DashboardBench().differences(name) == [])
    }

    @Test(arguments: failures.keys.sorted())
    func `what the old backend failed at has an answer`(_ name: String) async throws {
        let bench = try await DashboardBench(
            changedBy: name.hasSuffix("null-fields")
                ? "UPDATE bots SET description = NULL, current_combined_score = NULL, signal_config = NULL" : "")
        let golden = try Golden(name)
        var body: String?
        if golden.requestBody != .null {
            body = String(decoding: try JSONEncoder().encode(golden.requestBody), as: UTF8.self)
        }
        let answer = try await bench.call(golden.method, golden.path, query: golden.query, body: body)
        #expect(answer.status == Self.failures[name])
        #expect((try? JSONDecoder().decode(JSONValue.self, from: Data(answer.body))) != nil)
    }
}
