import Foundation
import ProgramSupport
import TestSupport
import Testing

extension EndToEnd {
    @Suite(.serialized) struct ScheduleCompareTests {
        private static let schedule = """
            version: 1
            limits: { calls: { rate: 100/s, burst: 100 } }
            queues: { test: { limit: calls } }
            pools: { all: { queues: ["*"], processes: 1, concurrency: 2 } }
            schedules:
              quick: { job: flotilla.test.noop, every: 500ms }
              slow: { job: flotilla.test.noop, every: 2s }
            """

        @Test func `what a running fleet did agrees with the simulation, and with no other schedule`() async throws {
            try await withRedis(schedule: Self.schedule) { sandbox, _ in
                let up = try sandbox.start(["up"], environment: Schedules.testJobs)
                let compare = ["schedule", "simulate", "--compare", "--assumed", "--for", "5s", "--json"]
                // It has to have run for as long as is compared.
                try await eventually("they agree", within: .seconds(40), every: .milliseconds(300)) {
                    let outcome = try await sandbox.run(compare)
                    return try outcome.status == 0 && JSON(outcome.output)["cut"] == .bool(false)
                }
                let longer = try await sandbox.run(["schedule", "simulate", "--compare", "--assumed", "--for", "10h"])
                #expect(longer.output.contains("(compared "), "\(longer)")
                let report = try JSON(try await sandbox.run(compare).output)
                #expect((9...11).contains(report["entries"].named("quick")["ticks"].int))
                #expect((8...12).contains(report["entries"].named("quick")["handled"].int))
                #expect((8...14).contains(report["limits"].named("calls")["tokens_about"].int))
                try sandbox.write(Self.schedule.replacing("500ms", with: "100ms"), to: "other.yaml")
                let other = try await sandbox.run(compare + ["other.yaml"])
                #expect(other.status == 1)
                #expect(try JSON(other.output)["entries"].named("quick")["agrees"] == .bool(false))
                #expect(try JSON(other.output)["notes"][0].text.contains("which has another text"))
                // An entry that has ticked once at the most says nothing.
                let slow = Self.schedule.replacing("500ms", with: "1d").replacing("every: 2s", with: "every: 1d")
                let rare = slow.replacing("quick", with: "daily").replacing("slow", with: "rare")
                try sandbox.write(rare, to: "slow.yaml")
                let few = try await sandbox.run(compare + ["slow.yaml"])
                #expect(few.status == 1)
                #expect(try JSON(few.output)["agrees"] == .null)
                kill(up.pid, SIGTERM)
                _ = try await up.end(within: .seconds(30))
            }
        }
    }
}
