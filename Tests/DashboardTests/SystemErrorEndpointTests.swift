import Foundation
import JobQueue
import Ledger
import Testing
import Trading

@testable import Dashboard

@Suite struct SystemErrorEndpointTests {
    /// What two polls of the old backend found at the bots without a usable configuration.
    private func benchWithErrors() async throws -> DashboardBench {
        let bench = try await DashboardBench()
        for _ in 0..<2 {
            try await bench.ledger.logError(error(36, "Invalid signal configuration"))
            try await bench.ledger.logError(error(37, "No enabled signals with valid weights"))
        }
        return bench
    }

    private func error(_ bot: Int?, _ message: String, type: String = "InvalidConfiguration") -> ErrorEntry {
        ErrorEntry(source: "bot", type: type, message: message, botID: bot)
    }

    @Test(arguments: ["get_system-errors-errors__empty", "get_system-errors-health__healthy"])
    func `without errors all is well, as recorded`(_ golden: String) async throws {
        #expect(try await DashboardBench().differences(golden) == [])
    }

    @Test func `errors of bots read as recorded`() async throws {
        let bench = try await benchWithErrors()
        #expect(try await bench.differences("get_system-errors-errors", allowing: ["$[*].id"]) == [])
        #expect(try await bench.differences("get_system-errors-health") == [])
    }

    @Test func `an evaluation reports a bot without a usable configuration once a day, in the recorded words`()
        async throws
    {
        let bench = try await StatusBench()
        try await bench.loadMarket()
        for look in ["first", "second"] { try await bench.evaluate([36, 37, 5], look: look) }
        let errors = try await bench.get("/system-errors/errors")
        // The old backend counted both looks.
        let expected = Array(try Golden("get_system-errors-errors").body.elements.prefix(2))
        let comparison = GoldenComparison(allowed: ["$[*].id"])
        #expect(comparison.differences(expected: .list(expected), actual: errors) == [])
        let health = try await bench.get("/system-errors/health")
        #expect(health["status"] == .text("issues") && health["active_errors"] == .integer(2))
        // Another configuration that enables nothing is told of anew.
        try bench.file.execute("UPDATE bots SET signal_config = '{}' WHERE id = 36")
        try await bench.evaluate([36], look: "third")
        #expect(try await bench.get("/system-errors/errors").elements.count == 3)
        #expect(try await bench.ledger.bot(36)?.status == .running)
    }

    @Test func `a dismissed error stays dismissed, and stands in the operator log once`() async throws {
        let bench = try await benchWithErrors()
        let id = try #require(try await bench.json(.get, "/api/v1/system-errors/errors")[1]["id"].string)
        #expect(id == "2025-10-04T12:00:00.000000_2")
        for _ in 0..<2 {
            let answer = try await bench.call(.post, "/api/v1/system-errors/errors/\(id)/resolve")
            let golden = try Golden("post_system-errors-errors-2025-10-04T12:00:00_0-resolve__ok")
            #expect(GoldenComparison().differences(golden, answer) == [])
        }
        let health = try await bench.json(.get, "/api/v1/system-errors/health")
        #expect(health["active_errors"] == .integer(3) && health["total_errors_24h"] == .integer(4))
        let left = try await bench.json(.get, "/api/v1/system-errors/errors", query: ["include_resolved": "false"])
        #expect(left.elements.count == 3)
        let all = try await bench.json(.get, "/api/v1/system-errors/errors")
        #expect(all.elements.count { $0["resolved"] == .flag(true) } == 1)
        #expect(all.elements.first { $0["resolved"] == .flag(true) }?["bot_name"] == .text("PEPE-USD Bot"))
        #expect(try await bench.operatorLog().map(\.action) == ["error.resolve"])
    }

    @Test(arguments: ["nope", "2025-10-04T12:00:00.000000_9", "2024-10-04T12:00:00.000000_1", "_1", "1", "x_-1"])
    func `an error that nobody knows is a 404`(_ id: String) async throws {
        let bench = try await benchWithErrors()
        let answer = try await bench.call(.post, "/api/v1/system-errors/errors/\(id)/resolve")
        #expect(answer.status == 404 && String(decoding: answer.body, as: UTF8.self).contains("Error not found"))
    }

    @Test func `errors are shown for as many hours as are asked for, newest first`() async throws {
        let bench = try await DashboardBench()
        try bench.file.execute(
            """
            INSERT INTO error_log (source, error_type, message, created_at) VALUES
                ('s', 't', 'old', '2025-10-03 11:59:59'), ('s', 't', 'younger', '2025-10-04 11:00:00'),
                ('s', 't', 'young', '2025-10-04 11:00:00'), ('s', 't', 'newest', '2025-10-04 11:30:00.5');
            INSERT INTO system_errors (error_id, error_type, message, timestamp) VALUES
                ('other-1', 't', 'of another program', '2025-10-04 11:15:00');
            """)
        func messages(_ hours: String) async throws -> [String?] {
            try await bench.json(.get, "/api/v1/system-errors/errors", query: ["last_hours": hours])
                .elements.map { $0["message"].string }
        }
        #expect(try await messages("24") == ["newest", "of another program", "younger", "young"])
        #expect(try await messages("25").count == 5)
        #expect(try await messages("-3") == [])
        #expect(try await messages("9223372036854775807").count == 5)
        #expect(try await bench.call(.post, "/api/v1/system-errors/errors/other-1/resolve").status == 200)
        #expect(try await bench.json(.get, "/api/v1/system-errors/health")["active_errors"] == .integer(3))
    }

    @Test func `rows with nonsense have texts where the page needs texts, and a later bot is not named`() async throws {
        let bench = try await DashboardBench()
        try bench.file.execute(
            """
            INSERT INTO error_log (source, error_type, message, bot_id, context, created_at) VALUES
                (x'00', x'00', 7, 'x', 'no JSON', 'zzz'), ('s', 't', 'm', 36, NULL, '2025-10-04 11:00:00'),
                ('s', 't', '<script>', 40, '{"a": [1]}', '2025-10-04 10:00:00');
            INSERT INTO bots (id, name, created_at) VALUES (40, 'later', '2025-10-04 11:59:00');
            INSERT INTO system_errors (error_id, error_type, message, timestamp, resolved) VALUES
                (x'00', x'00', x'00', 'zz', 'maybe');
            """)
        let errors = try await bench.json(.get, "/api/v1/system-errors/errors").elements
        #expect(errors.count == 4)
        #expect(errors.allSatisfy { $0["error_type"].string != nil && $0["message"].string != nil })
        #expect(errors[0]["bot_name"] == .text("BONK-USD Bot"))
        #expect(errors[1]["bot_name"] == .null && errors[1]["details"]["a"] == .list([.integer(1)]))
        #expect(errors[2...].allSatisfy { $0["timestamp"] == .null && $0["bot_id"] == .null })
    }

    @Test func `dead jobs are errors until they are not dead, or are dismissed`() async throws {
        let bench = try await DashboardBench()
        let failure = JobFailure(type: "insufficient-funds", message: "no money", at: 1_759_579_140_000)
        for id in ["a/b#c", "later"] {
            try await bench.kill(id, payload: #"{"bot_id": 5}"#, because: failure)
        }
        let old = JobFailure(type: "old", message: "m", at: 1_759_400_000_000)
        try await bench.kill("old", payload: "7", because: old)
        let errors = try await bench.json(.get, "/api/v1/system-errors/errors").elements
        #expect(errors.count == 2)
        let error = try #require(errors.first { $0["details"]["job_id"] == .text("a/b#c") })
        #expect(error["id"] == .text("2025-10-04T11:59:00_q:a-b-c") && error["bot_name"] == .text("DOGE-USD Bot"))
        #expect(error["error_type"] == .text("insufficient-funds") && error["bot_id"] == .integer(5))
        #expect(error["message"] == .text("Job a/b#c of kind 'k' is dead: no money"))
        #expect(error["details"]["queue"] == .text("q") && error["timestamp"] == .text("2025-10-04T11:59:00"))
        let path = "/api/v1/system-errors/errors/2025-10-04T11:59:00_q:a-b-c/resolve"
        for _ in 0..<2 { #expect(try await bench.call(.post, path).status == 200) }
        let health = try await bench.json(.get, "/api/v1/system-errors/health")
        #expect(health["active_errors"] == .integer(1) && health["total_errors_24h"] == .integer(2))
        #expect(try await bench.operatorLog().map(\.action) == ["error.resolve"])
        _ = try await bench.broker.deadLetters.discardDead([try JobID("later")], in: try QueueName("q"))
        #expect(try await bench.json(.get, "/api/v1/system-errors/health")["status"] == .text("healthy"))
    }
}

extension DashboardBench {
    /// A job of the queue `q` that is given up.
    fileprivate func kill(_ id: String, payload: String, because failure: JobFailure) async throws {
        let queue = try QueueName("q")
        try await broker.enqueue(
            NewJob(id: try JobID(id), kind: try JobKind("k"), queue: queue, payload: try JobPayload(json: payload)))
        var random = SystemRandomNumberGenerator()
        let worker = WorkerID(host: "bench", pid: 1, using: &random)
        try await broker.claims.join(queue, as: worker, lease: .seconds(600))
        guard case .jobs(let jobs) = try await broker.claims.fetch(from: queue, for: worker, limit: 1) else { return }
        for job in jobs { _ = try await broker.claims.deadLetter(job, because: failure) }
    }
}
