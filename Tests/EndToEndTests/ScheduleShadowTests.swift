import Documents
import Foundation
import ProgramSupport
import Redis
import ScheduleConfiguration
import TestSupport
import Testing

@testable import flotilla

/// What a Celery producer writes, as it was recorded.
private enum Recorded {
    static func listed(_ task: String, id: String, beat: Bool = true, retries: Int = 0) -> String {
        """
        {"body": "W1tdLCB7fSwge31d", "content-encoding": "utf-8", "content-type": "application/json", "headers": \
        {"lang": "py", "task": "\(task)", "id": "\(id)", "shadow": null, "eta": null, "expires": null, "group": null, \
        "group_index": null, "retries": \(retries), "timelimit": [null, null], "root_id": "\(id)", "parent_id": null, \
        "argsrepr": "()", "kwargsrepr": "{}", "origin": "gen695@host1", "ignore_result": false\
        \(beat ? ", \"celery_beat_task\": true" : "")}, "properties": {"correlation_id": "\(id)", "delivery_mode": 2, \
        "delivery_info": {"exchange": "", "routing_key": "celery"}, "priority": 0, "body_encoding": "base64", \
        "delivery_tag": "t-\(id)"}}
        """
    }

    static func event(_ task: String, id: String, at milliseconds: Int64, timestamp: String? = nil) -> String {
        let body = """
            {"hostname": "gen695@host1", "utcoffset": 0.0, "pid": 695, "clock": 1, "uuid": "\(id)", \
            "root_id": "\(id)", "parent_id": null, "name": "\(task)", "args": "()", "kwargs": "{}", "retries": 0, \
            "eta": null, "expires": null, "queue": "celery", "exchange": "", "routing_key": "celery", \
            "timestamp": \(timestamp ?? "\(Double(milliseconds) / 1_000)"), "type": "task-sent"}
            """
        return """
            {"body": "\(Data(body.utf8).base64EncodedString())", "content-encoding": "utf-8", "content-type": \
            "application/json", "headers": {"hostname": "gen695@host1"}, "properties": {"delivery_mode": 1, \
            "delivery_info": {"exchange": "celeryev", "routing_key": "task.sent"}, "priority": 0, "body_encoding": \
            "base64", "delivery_tag": "e-\(id)"}}
            """
    }
}

struct ShadowComparisonTests {
    private func entries() throws -> [ScheduleEntry] {
        let text = """
            version: 1
            queues: { evaluation: , rebalance: }
            pools: { all: { queues: ["*"] } }
            schedules:
              each-minute: { job: evaluation, every: 1m, args: { bot_id: 1 } }
              hourly: { job: rebalance, cron: "0 * * * *" }
            """
        let kinds = ["evaluation", "rebalance"].map { KnownKind(name: $0, queue: $0) }
        return try ScheduleFile.parse(Array(text.utf8), file: "f", known: KnownNames(kinds: kinds)).schedules
    }

    private let hour: Int64 = 3_600_000

    private func messages(_ task: String, _ times: [Int64], beat: Bool? = true) -> [BeatMessage] {
        times.map { BeatMessage(id: "\(task)-\($0)", task: task, at: $0, isFromBeat: beat) }
    }

    @Test func `an interval of beat's own phase is matched, and the phase is told`() throws {
        let sent = (0..<60).map { hour + Int64($0) * 60_000 + 17_000 + Int64($0 % 3) }
        let comparison = ShadowComparison(
            entries: try entries(), map: ["a.minutely": "each-minute"], messages: messages("a.minutely", sent),
            in: hour..<2 * hour)
        let story = try #require(comparison.stories.first)
        #expect((story.matched, story.missing.count, story.extra.count) == (60, 0, 0))
        #expect((story.offset, story.jitter) == (17_001, 1))
        #expect(comparison.agrees)
    }

    @Test func `what beat left out and what it sent besides is told, with its time`() throws {
        var sent = (0..<60).map { hour + Int64($0) * 60_000 + 50 }
        sent.remove(at: 30)
        sent.append(hour + 10 * 60_000 + 20_000)
        let comparison = ShadowComparison(
            entries: try entries(), map: ["a.minutely": "each-minute", "a.hourly": "hourly"],
            messages: messages("a.minutely", sent), in: hour - 60_000..<2 * hour + 60_000)
        #expect(comparison.stories.map(\.entry) == ["each-minute", "hourly"])
        // The ticks of the first and the last minute, for which beat had sent nothing either.
        #expect(comparison.stories[0].missing.contains(hour + 30 * 60_000))
        #expect(comparison.stories[0].extra == [hour + 10 * 60_000 + 20_000])
        #expect(comparison.stories[1].missing == [hour, 2 * hour])
        #expect(!comparison.agrees)
    }

    @Test func `a tick whose message may lie outside of the stretch is not missing`() throws {
        let comparison = ShadowComparison(
            entries: try entries(), map: ["a.hourly": "hourly"], messages: [], in: hour..<2 * hour)
        #expect(comparison.stories[0].missing.isEmpty)
        #expect(comparison.agrees && !comparison.hasEvidence)
    }

    @Test func `tasks of beat's without an entry are told, those of others are not`() throws {
        let comparison = ShadowComparison(
            entries: try entries(), map: [:],
            messages: messages("b.unknown", [hour, hour + 1]) + messages("c.user", [hour], beat: nil),
            in: hour..<2 * hour)
        #expect(comparison.unknown == ["b.unknown": 2])
    }

    @Test func `messages are read as Celery writes them, and retries are none of beat's`() throws {
        let listed = try #require(BeatMessage(listed: Array(Recorded.listed("a.b", id: "1").utf8), seen: 7))
        #expect(listed == BeatMessage(id: "1", task: "a.b", at: 7, isFromBeat: true))
        #expect(BeatMessage(listed: Array(Recorded.listed("a.b", id: "1", retries: 1).utf8), seen: 7) == nil)
        #expect(BeatMessage(listed: Array("no JSON".utf8), seen: 7) == nil)
        let event = try #require(BeatMessage(event: Array(Recorded.event("a.b", id: "1", at: 1_234).utf8)))
        #expect(event == BeatMessage(id: "1", task: "a.b", at: 1_234))
        #expect(BeatMessage(event: Array(Recorded.listed("a.b", id: "1").utf8)) == nil)
        for time in ["1e300", "-1e300", "1e18"] {
            let text = Recorded.event("a.b", id: "1", at: 0, timestamp: time)
            #expect(BeatMessage(event: Array(text.utf8)) == nil)
        }
    }
}

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
                _ = try await client.send(["LPUSH", "celery", .text(Recorded.listed("old.task", id: "old"))])
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
                        let event = Recorded.event(task, id: "\(task)-\(tick)", at: at + Int64(late))
                        _ = try await client.send(["PUBLISH", .text(channel), .text(event)])
                    }
                }
                _ = try await client.send(["LPUSH", "celery", .text(Recorded.listed("app.tasks.gone", id: "new"))])
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
