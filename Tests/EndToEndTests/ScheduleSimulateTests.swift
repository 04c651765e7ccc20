import Foundation
import ProgramSupport
import TestSupport
import Testing

extension EndToEnd {
    @Suite(.serialized) struct ScheduleSimulateTests {
        private static var shipped: String {
            get throws {
                let top = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                    .deletingLastPathComponent()
                return try String(contentsOf: top.appending(path: "schedules.yaml"), encoding: .utf8)
            }
        }

        private static func simulate(
            _ schedule: String, _ words: String..., for length: String
        ) async throws -> (outcome: Outcome, report: JSON) {
            var found: Outcome?
            try await withSandbox(schedule: schedule) { sandbox in
                found = try await sandbox.run(
                    [
                        "schedule", "simulate", "--assumed", "--json", "--exit-code", "--from", "2026-11-25", "--for",
                        length,
                    ] + words, within: .seconds(240))
            }
            let outcome = try #require(found)
            return (outcome, try JSON(outcome.output))
        }

        @Test func `seven days of the shipped file exceed no limit and touch no reserve`() async throws {
            let (outcome, report) = try await Self.simulate(try Self.shipped, for: "7d")
            #expect(outcome.status == 0, "\(report["notes"])")
            #expect(report["well"].isTrue)
            let limit = report["limits"].named("coinbase")
            #expect(limit["broken"] == .bool(false))
            #expect(limit["capacity"].int == 10 && limit["reserved"].int == 4)
            #expect((1...10).contains(limit["peak"].int))
            #expect((1...6).contains(limit["others_peak"].int))
            #expect(limit["least_left"].int >= 4)
            #expect(limit["asked"]["excesses"].array.isEmpty)
            #expect(report["entries"].named("evaluate-bots")["ticks"].int == 7 * 1_440)
            #expect(report["entries"].array.allSatisfy { $0["missed"].int == 0 && $0["overlaps"].int == 0 })
            #expect(report["queues"].array.allSatisfy { $0["expired"].int == 0 && $0["timed_out"].int == 0 })
            #expect(report["hours"].array.count == 7 * 24)
        }

        @Test func `a file that asks for too much is found out`() async throws {
            let risky = try Self.shipped.replacing("every: 1m\n    for_each", with: "every: 30s\n    for_each")
            let (orders, ordersReport) = try await Self.simulate(risky, for: "10m")
            #expect(orders.status == 1)
            #expect(ordersReport["limits"][0]["asked"]["excesses"][0].text == "OVER RESERVE")
            // Without their offsets the refreshes ask for six calls at once; with a smaller limit they wait.
            let together = try Self.shipped.replacing("offset: 10s", with: "").replacing("offset: 20s", with: "")
                .replacing("rate: 10/s", with: "rate: 5/s").replacing("burst: 10", with: "burst: 5")
            let (refreshes, report) = try await Self.simulate(together, for: "10m")
            #expect(refreshes.status == 1)
            #expect(report["limits"][0]["asked"]["others_peak"].int > 1)
            #expect(report["limits"][0]["waits"].int > 0)
            #expect(report["limits"][0]["broken"] == .bool(false))
            // Evaluations that call the exchange, as they once did, every second.
            let calling = try Self.shipped.replacing("every: 1m\n    for_each", with: "every: 1s\n    for_each")
                .replacing("spread: 20s", with: "spread: 1s")
            let (flood, floodReport) = try await Self.simulate(
                calling, "--tokens", "evaluation=1", "--run-time", "evaluation=200ms", for: "2m")
            #expect(flood.status == 1)
            #expect(floodReport["limits"][0]["asked"]["excesses"].array.count == 2)
            #expect(floodReport["limits"][0]["waits"].int > 100)
        }

        @Test func `outages, workers and figures are taken as given, and refused when they make no sense`() async throws
        {
            let (outcome, report) = try await Self.simulate(
                try Self.shipped, "--outage", "10m..20m", "--workers", "trading=1", "--entities", "running_bots=2",
                for: "30m")
            #expect(outcome.status == 0)
            let bots = report["entries"].named("evaluate-bots")
            #expect((bots["ticks"].int, bots["missed"].int, bots["jobs"].int) == (20, 10, 40))
            try await withSandbox(schedule: try Self.shipped) { sandbox in
                for words in [
                    ["--outage", "20m..10m"], ["--outage", "soon"], ["--workers", "trading"], ["--workers", "none=1"],
                    ["--for", "7"], ["--from", "yesterday"],
                ] {
                    let wrong = try await sandbox.run(["schedule", "simulate", "--assumed"] + words)
                    #expect(wrong.status == 2, "\(words): \(wrong)")
                }
            }
        }
    }
}
