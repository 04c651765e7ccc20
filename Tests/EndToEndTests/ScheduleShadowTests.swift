import Documents
import Foundation
import ProgramSupport
import Redis
import TestSupport
import Testing

@testable import flotilla

extension EndToEnd {
    @Suite(.serialized) struct ScheduleShadowTests {
        private static let schedule = """
            version: 1
            queues: { evaluation: , rebalance: }
            pools: { all: { queues: ["*"] } }
            schedules:
              evaluate: { job: evaluation, every: 1s, args: { bot_id: 1 } }
              update-trade-statuses: { job: rebalance, every: 1s }
              nightly: { job: rebalance, cron: "0 3 * * *" }
            """

        @Test func `what hears nothing is no agreement`() async throws {
            try await withRedis(schedule: Self.schedule) { sandbox, _ in
                let silent = try await sandbox.run("schedule", "shadow", "--for", "1s")
                #expect(silent.status == 1, "\(silent)")
                #expect(silent.output.contains("Nothing was heard, so nothing was compared."), "\(silent)")
                #expect(!silent.output.contains("They agree"), "\(silent)")
                let json = try await sandbox.run("schedule", "shadow", "--for", "1s", "--json")
                #expect(json.status == 1)
                #expect(try JSON(json.output)["agrees"] == .null)
            }
        }

        @Test func `ticks are compared with what beat sends, and nothing is taken or written`() async throws {
            try await withRedis(schedule: Self.schedule) { sandbox, server in
                let client = server.client()
                _ = try await client.send(["LPUSH", "celery", .text(RecordedBeat.listed("old.task", id: "old"))])
                let shadow = try sandbox.start([
                    "schedule", "shadow", "--for", "5s", "--json", "--map", "app.tasks.evaluate_bots=evaluate",
                ])
                let channel = "/0.celeryev/task.sent"
                try await eventually("somebody listens", within: .seconds(20)) {
                    try await client.send(["PUBSUB", "NUMSUB", .text(channel)]).array(of: "PUBSUB").last?
                        .int(of: "PUBSUB") == 1
                }
                let time = try await client.send(["TIME"]).array(of: "TIME")
                let second = Int64(try time[0].int(of: "TIME")) * 1_000
                for tick in 1...3 {
                    let at = second + Int64(tick) * 1_000
                    for (task, late) in [
                        ("app.tasks.evaluate_bots", 120), ("app.tasks.trading_tasks.update_trade_statuses", 240),
                    ] where tick != 2 || late == 120 {
                        let event = RecordedBeat.event(task, id: "\(task)-\(tick)", at: at + Int64(late))
                        _ = try await client.send(["PUBLISH", .text(channel), .text(event)])
                    }
                }
                _ = try await client.send(["LPUSH", "celery", .text(RecordedBeat.listed("app.tasks.gone", id: "new"))])
                let outcome = try await shadow.end(within: .seconds(60))
                #expect(outcome.status == 1, "\(outcome)")
                let report = try JSON(outcome.output)
                let evaluate = report["entries"].named("evaluate")
                #expect(evaluate["matched"].int == 3)
                #expect(evaluate["offset_ms"].int == 120)
                let trades = report["entries"].named("update-trade-statuses")
                #expect(trades["matched"].int == 2)
                #expect(trades["missing"].array.contains(.string(Self.time(second + 2_000))))
                #expect(report["unknown"][0]["task"].text == "app.tasks.gone")
                #expect(report["not_compared"] == .array([.string("nightly")]))
                #expect(report["events"].int == 5)
                #expect(try await client.send(["LLEN", "celery"]).int(of: "LLEN") == 2)
                #expect(try await client.send(["DBSIZE"]).int(of: "DBSIZE") == 1)
                await client.close()
            }
        }

        private static func time(_ milliseconds: Int64) -> String { Timestamp.text(milliseconds) }

        @Test func `wrong words are refused, and a broker that is away is told`() async throws {
            try await withSandbox(schedule: Self.schedule) { sandbox in
                for (words, status) in [
                    (["--map", "a"], 2), (["--map", "a=none"], 3), (["--for", "now"], 2),
                    (["--broker", "http://x"], 2), (["--broker", "redis://127.0.0.1:1/0", "--for", "1s"], 4),
                ] as [([String], Int32)] {
                    let wrong = try await sandbox.run(["schedule", "shadow"] + words)
                    #expect(wrong.status == status, "\(words): \(wrong)")
                }
            }
        }
    }
}
