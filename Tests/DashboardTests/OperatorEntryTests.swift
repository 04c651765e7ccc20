import Foundation
import JobQueue
import Ledger
import Redis
import TestSupport
import Testing

@testable import Dashboard

@Suite struct OperatorEntryTests {
    @Test func `a client that goes away leaves the change and its entry`() async throws {
        let bench = try await DashboardBench()
        let request = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await bench.call(.post, "/api/v1/bots/1/stop").status
        }
        #expect(try await request.value == 200)
        #expect(try await bench.operatorLog().map(\.action) == ["bot.stop"])
        #expect(try await bench.json(.get, "/api/v1/bots/1")["status"] == .text("STOPPED"))
    }

    @Test func `a change stands, and is answered for, when Redis does not take its entry`() async throws {
        let book = LogBook()
        let bench = try await DashboardBench(logger: book.logger)
        // The list of the entries is a text.
        _ = try await bench.broker.redis.send(["SET", "flotilla:1:operations:{pairs}", "x"])
        let answer = try await bench.call(.post, "/api/v1/bots/1/stop")
        #expect(answer.status == 200 && book.lines.isEmpty)
        await dependencies(of: bench).note("pairs.processed", "1 pairs", about: "pairs", before: 0, after: 1)
        #expect(book.lines.count == 1)
        #expect(book.lines.first?.hasPrefix("error pairs.processed of 1 pairs was done, and is missing") == true)
    }

    private func dependencies(of bench: DashboardBench) -> DashboardOperator { bench.dependencies.operatorLog }

    @Test func `a bot that was stopped, edited or deleted is as before once that is undone`() async throws {
        let bench = try await DashboardBench()
        let before = try TableRows(of: bench.file)
        for (method, path, body) in [
            (.post, "/api/v1/bots/1/stop", nil), (.put, "/api/v1/bots/4", #"{"position_size_usd": 22.1}"#),
            (.delete, "/api/v1/bots/5", nil), (.post, "/api/v1/bots/stop-all", nil),
            (.post, "/api/v1/bots/", #"{"name": "n", "description": "d", "pair": "A-USD"}"#),
        ] as [(Endpoint.Method, String, String?)] {
            #expect(try await bench.call(method, path, body: body).status == 200)
            let entry = try #require(try await bench.ledger.operatorLog(limit: 1).first)
            let note = LedgerNote(id: "undo-\(entry.id)", by: "ann", "undo \(entry.action)")
            guard case .done = try await bench.ledger.undoOperation(entry.id, noting: note) else {
                Issue.record("\(path) was not undone")
                continue
            }
            #expect(before.changes(to: try TableRows(of: bench.file)).isEmpty, "\(path)")
            #expect(try await bench.ledger.undoOperation(entry.id, noting: note) == .alreadyUndone(by: note.id))
        }
    }
}
