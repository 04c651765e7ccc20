import ProgramSupport
import TestSupport
import Testing

extension EndToEnd {
    @Suite(.serialized) struct SchedulePlanTests {
        /// The shipped budget: 10 calls a second, 4 of them kept for orders.
        static func budget(_ schedules: String) -> String {
            """
            version: 1
            limits: { coinbase: { rate: 10/s, burst: 10, reserve: { execution: 4 } } }
            queues:
              execution: { limit: coinbase }
              evaluation: { timeout: 30s }
              rebalance: { limit: coinbase }
              cache-refresh: { limit: coinbase }
            pools: { all: { queues: ["*"], processes: 2, concurrency: 8 } }
            schedules:
            \(schedules)

            """
        }

        static let calm = budget("  evaluate-bots: { job: evaluation, every: 1m, for_each: running_bots, spread: 20s }")
        static let risky = budget(
            "  evaluate-bots: { job: evaluation, every: 30s, for_each: running_bots, spread: 20s }")

        @Test func `a risky edit is warned of, and changes can be told by the exit status`() async throws {
            try await withSandbox(schedule: Self.calm) { sandbox in
                try sandbox.write(Self.risky, to: "new.yaml")
                let plan = try await sandbox.run(
                    "schedule", "plan", "new.yaml", "--against", "schedules.yaml", "--exit-code")
                #expect(plan.status == 1, "\(plan)")
                #expect(plan.output.contains("~ evaluate-bots  every: 1m → 30s"))
                #expect(plan.output.contains("1440 → 2880 runs a day, 56160 → 112320 jobs"))
                #expect(plan.output.contains("WARNING: limit coinbase will be OVER RESERVE."))
                let same = try await sandbox.run(
                    "schedule", "plan", "--against", "schedules.yaml", "--exit-code")
                #expect(same.status == 0)
                #expect(same.output == "No change: both files mean the same.\n")
            }
        }

        @Test func `a plan is one document, the same each time, and needs no Redis`() async throws {
            try await withSandbox(schedule: Self.calm) { sandbox in
                try sandbox.write(Self.risky, to: "new.yaml")
                let words = ["schedule", "plan", "new.yaml", "--against", "schedules.yaml", "--json"]
                let plan = try JSON(try await sandbox.run(words).output)
                #expect(plan["changes"].isTrue && plan["risky"].isTrue)
                #expect(plan["entries"][0]["keys"][0]["after"].text == "30s")
                #expect(plan["entries"][0]["new_24h"].int > 56_000)
                #expect(plan["after"]["limits"][0]["excesses"][0].text == "OVER RESERVE")
                #expect(plan["before"]["limits"][0]["excesses"].array.isEmpty)
                #expect(try JSON(try await sandbox.run(words).output)["plan"] == plan["plan"])
                let told = try JSON(
                    try await sandbox.run(words + ["--entities", "running_bots=3", "--tokens", "execution=1"]).output)
                #expect(told["entries"][0]["jobs_per_day_after"].int == 8_640)
                #expect(told["risky"] == .bool(false))
            }
        }

        @Test func `a broken file and broken figures are refused`() async throws {
            try await withSandbox(schedule: Self.calm) { sandbox in
                try sandbox.write("version: 1\nschedules: { a: { job: x } }\n", to: "new.yaml")
                let broken = try await sandbox.run("schedule", "plan", "new.yaml", "--against", "schedules.yaml")
                #expect(broken.status == 2)
                #expect(broken.complaint.contains("new.yaml:2:"))
                for (option, value) in [
                    ("--run-time", "evaluation"), ("--run-time", "evaluation=soon"), ("--tokens", "evaluation=-1"),
                    ("--orders", "=1"), ("--entities", "running_bots=many"), ("--entities", "cats=1"),
                ] {
                    let wrong = try await sandbox.run("schedule", "plan", "--against", "schedules.yaml", option, value)
                    #expect(wrong.status == 2, "\(option) \(value): \(wrong)")
                }
            }
        }
    }
}
