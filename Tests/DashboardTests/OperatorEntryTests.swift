import Foundation
import JobQueue
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
        _ = try await bench.broker.redis.send(["SET", "flotilla:1:operations:{bots}", "x"])
        let answer = try await bench.call(.post, "/api/v1/bots/1/stop")
        #expect(answer.status == 200)
        #expect(try await bench.json(.get, "/api/v1/bots/1")["status"] == .text("STOPPED"))
        #expect(book.lines.count == 1)
        #expect(book.lines.first?.hasPrefix("error bot.stop of bot 1 'BTC-USD Bot' was done, and is missing") == true)
    }
}
