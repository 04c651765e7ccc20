import Foundation
import ProgramSupport
import TestSupport
import Testing

extension EndToEnd {
    /// The API in a running fleet, as the front end and the Python application use it.
    @Suite(.serialized) struct DashboardFleetTests {
        /// A GET with curl, which every user has.
        private func get(_ sandbox: Sandbox, _ port: Int, _ path: String) async throws -> (status: String, body: String)
        {
            let outcome = try await sandbox.launch(
                "curl", ["-s", "-w", "\n%{http_code}", "http://localhost:\(port)\(path)"], environment: [:]
            ).end(within: .seconds(20))
            let lines = outcome.output.split(separator: "\n", omittingEmptySubsequences: false)
            return (String(lines.last ?? ""), lines.dropLast().joined(separator: "\n"))
        }

        @Test(.timeLimit(.minutes(4)))
        func `a fresh fleet shows 39 evaluated bots at the address that it prints`() async throws {
            let port = try freePort()
            try await withSandbox(
                schedule: Schedules.trading, environment: ["FLOTILLA_LISTEN": "127.0.0.1:\(port)"]
            ) { sandbox in
                let up = try await Up.start(in: sandbox, workers: 2)
                #expect(up.program.output.contains("http://127.0.0.1:\(port)/api/v1"))
                try await eventually("39 bots are evaluated", within: .seconds(120), every: .milliseconds(500)) {
                    let rows = try JSON(try await get(sandbox, port, "/api/v1/bots/status/enhanced").body).array
                    // A score of exactly zero is one that nothing was put into: of a product that has not been traded
                    // for a while, as the market file has some at any time of the day.
                    let unscored = rows.filter { $0["current_combined_score"] == JSON.number(0) }
                    guard rows.count == 39, unscored.count <= 3 else { return false }
                    for row in unscored {
                        let why = try await sandbox.json("why", "bot", "\(row["id"].int)")
                        guard why["cause"].text == "stale-cache" else { return false }
                    }
                    return true
                }
                try await eventually("it is ready", within: .seconds(30), every: .milliseconds(500)) {
                    try await get(sandbox, port, "/readyz").status == "200"
                }
                let stopped = try await sandbox.launch(
                    "curl", ["-s", "-X", "POST", "http://localhost:\(port)/api/v1/bots/1/stop"], environment: [:]
                ).end(within: .seconds(20))
                #expect(stopped.output.contains("stopped successfully"))
                #expect(try await sandbox.sql("SELECT status FROM bots WHERE id = 1") == ["STOPPED"])
                let why = try await sandbox.json("why", "bot", "1")
                #expect(why["sentence"].text.contains("is stopped by dashboard"), "\(why)")
                let undo = try #require(why["remedy"].text.split(separator: " ").last.map(String.init))
                #expect(try await sandbox.run("operations", "undo", undo, "--yes").status == 0)
                #expect(try await sandbox.sql("SELECT status FROM bots WHERE id = 1") == ["RUNNING"])
                #expect(try await up.interrupt().status == 0)
            }
        }

        @Test(.timeLimit(.minutes(4)))
        func `reading every page changes nothing in the ledger, and enqueues nothing`() async throws {
            let port = try freePort()
            try await withRedis(schedule: Schedules.trading) { sandbox, _ in
                // A fleet has written the ledger; now only the API runs.
                _ = try await sandbox.run("rebalance", "--dry-run")
                let up = try await Up.start(in: sandbox, workers: 2)
                _ = try await up.interrupt()
                let api = try sandbox.start(["api", "--listen", "127.0.0.1:\(port)"])
                try await eventually("the API answers", within: .seconds(20), every: .milliseconds(100)) {
                    try await get(sandbox, port, "/healthz").status == "200"
                }
                let before = try await sandbox.sql(".dump")
                let document = try JSON(try await get(sandbox, port, "/api/v1/openapi.json").body)
                var asked = 0
                for path in document["paths"].keys where document["paths"][path]["get"] != JSON.null {
                    let concrete = path.replacing("{bot_id}", with: "1").replacing("{product_id}", with: "BTC-USD")
                        .replacing("{order_id}", with: "none")
                    for _ in 0..<3 {
                        let status = try await get(sandbox, port, concrete).status
                        #expect(Int(status) ?? 599 < 500 || status == "503", "\(concrete): \(status)")
                        asked += 1
                    }
                }
                #expect(asked > 60)
                let after = try await sandbox.sql(".dump")
                #expect(before == after)
                kill(api.pid, SIGTERM)
                #expect(try await api.end(within: .seconds(20)).status == 0)
            }
        }

        @Test(.timeLimit(.minutes(2)))
        func `a database that was replaced is the one that is shown`() async throws {
            let port = try freePort()
            try await withRedis(schedule: Schedules.trading) { sandbox, _ in
                let api = try sandbox.start(["api", "--listen", "127.0.0.1:\(port)"])
                try await eventually("the API answers", within: .seconds(20), every: .milliseconds(100)) {
                    try await get(sandbox, port, "/healthz").status == "200"
                }
                #expect(try await sandbox.run("db", "backup", "other.db").status == 0)
                for ending in ["", "-wal", "-shm"] {
                    try? FileManager.default.moveItem(
                        atPath: sandbox.path("trader.db\(ending)"), toPath: sandbox.path("moved.db\(ending)"))
                }
                try await eventually("it says so", within: .seconds(20), every: .milliseconds(200)) {
                    try await get(sandbox, port, "/readyz").body.contains(#""name":"ledger","ok":false"#)
                }
                try FileManager.default.copyItem(atPath: sandbox.path("other.db"), toPath: sandbox.path("trader.db"))
                try await eventually("it has the new file", within: .seconds(30), every: .milliseconds(200)) {
                    try await get(sandbox, port, "/readyz").body.contains(#""name":"ledger","ok":true"#)
                }
                kill(api.pid, SIGTERM)
                #expect(try await api.end(within: .seconds(20)).status == 0)
            }
        }

        @Test(.timeLimit(.minutes(1)))
        func `an address that others can reach needs a token, and one that is taken is named`() async throws {
            try await withRedis { sandbox, redis in
                let open = try await sandbox.run("api", "--listen", "0.0.0.0:0")
                #expect(open.status == 2)
                #expect(open.complaint.contains("FLOTILLA_API_TOKEN is not set"))
                let weak = try await sandbox.run(
                    ["api", "--listen", "0.0.0.0:0"], environment: ["FLOTILLA_API_TOKEN": "short"])
                #expect(weak.status == 2)
                #expect(!"\(weak)".contains("'short'"))
                let nonsense = try await sandbox.run("api", "--listen", "nowhere")
                #expect(nonsense.status == 2)
                let taken = try await sandbox.run("api", "--listen", "127.0.0.1:\(redis.port)")
                #expect(taken.status == 1)
                #expect(taken.complaint.contains("The API cannot listen on 127.0.0.1:\(redis.port)"), "\(taken)")
            }
        }
    }
}
