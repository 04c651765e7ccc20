import Foundation
import Testing

@testable import Dashboard

struct EndpointTableTests {
    private struct Row: Hashable {
        let method, path: String
    }

    /// The rows of the last table of `ops/dashboard.md`: what the old backend had, and what became of it.
    private static func documented() throws -> [Row: String] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../ops/dashboard.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        let rows = text.components(separatedBy: "## All recorded operations").last ?? ""
        var documented: [Row: String] = [:]
        for line in rows.split(separator: "\n") {
            let cells = line.split(separator: "|", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " `")) }
            guard cells.count > 4, Endpoint.Method(rawValue: cells[1]) != nil else { continue }
            documented[Row(method: cells[1], path: trimmed(cells[2]))] = cells[3]
        }
        return documented
    }

    private static func trimmed(_ path: String) -> String {
        path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }

    @Test func `the table of all recorded operations says what becomes of each`() async throws {
        let bench = try await DashboardBench(fixture: false)
        let served = Set(
            EndpointTable.dashboard(bench.dependencies).map { Row(method: $0.method.rawValue, path: $0.path) })
        let refused = Set(UnservedTable.all.map { Row(method: $0.method.rawValue, path: $0.path) })
        let documented = try Self.documented()
        #expect(documented.count == 152)
        for (row, word) in documented {
            switch word {
            case "served", "enqueued", "gone": #expect(served.contains(row), "\(row) is not served")
            case "refused": #expect(refused.contains(row) && !served.contains(row), "\(row) is not refused")
            default: Issue.record("\(row): \(word)")
            }
        }
        #expect(refused.allSatisfy { documented[$0] == "refused" })
    }

    @Test func `no two endpoints have the same method and path`() async throws {
        let bench = try await DashboardBench(fixture: false)
        let all = EndpointTable.dashboard(bench.dependencies).map { Row(method: $0.method.rawValue, path: $0.path) }
        #expect(all.count == Set(all).count)
    }

    @Test func `a refused operation says why, with 501`() async throws {
        let bench = try await DashboardBench(fixture: false)
        let caller = EndpointCaller(
            router: EndpointRouter(
                EndpointTable.all(bench.dependencies, counts: RequestCounts(), hub: TradeSocketHub())))
        for operation in UnservedTable.all {
            let answer = try await caller.answer(
                operation.method.rawValue, operation.path.replacing("{", with: "").replacing("}", with: ""))
            #expect(answer.status == 501, "\(operation.path)")
            #expect(String(decoding: answer.body, as: UTF8.self).contains(operation.reason))
        }
    }
}
