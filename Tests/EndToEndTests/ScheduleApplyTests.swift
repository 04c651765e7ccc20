import Foundation
import ProgramSupport
import Redis
import TestSupport
import Testing

extension EndToEnd {
    @Suite(.serialized) struct ScheduleApplyTests {
        private static let calm = SchedulePlanTests.calm
        private static let risky = SchedulePlanTests.risky
        private static let other = SchedulePlanTests.budget(
            "  evaluate-bots: { job: evaluation, every: 2m, for_each: running_bots, spread: 20s }")

        /// A sandbox whose Redis no scheduler uses.
        private static func withIdleFleet(_ body: (Sandbox, RedisClient) async throws -> Void) async throws {
            try await withRedis(schedule: calm) { sandbox, server in
                let client = server.client()
                try await body(sandbox, client)
                await client.close()
            }
        }

        private static func versions(_ sandbox: Sandbox) async throws -> [Int] {
            try await sandbox.json("schedule", "rollback").array.map { $0["version"].int }
        }

        @Test func `what is applied is in the file and in Redis, and can be taken back`() async throws {
            try await Self.withIdleFleet { sandbox, _ in
                try FileManager.default.setAttributes(
                    [.posixPermissions: 0o640], ofItemAtPath: sandbox.path("schedules.yaml"))
                let first = try await sandbox.run("schedule", "apply")
                #expect(first.status == 0, "\(first)")
                #expect(first.output.hasSuffix("Version 1 is active.\n"))
                try sandbox.write(Self.other, to: "new.yaml")
                let plan = try await sandbox.json("schedule", "plan", "new.yaml")
                let second = try await sandbox.run(
                    "schedule", "apply", "new.yaml", "--plan", plan["plan"].text, "--json")
                #expect(try JSON(second.output) == JSON("{\"version\": 2, \"plan\": \"\(plan["plan"].text)\"}"))
                #expect(sandbox.read("schedules.yaml") == Self.other)
                let mode = try FileManager.default.attributesOfItem(atPath: sandbox.path("schedules.yaml"))
                #expect(mode[.posixPermissions] as? Int == 0o640)
                #expect(try await sandbox.run("schedule", "plan", "--exit-code").status == 0)
                let back = try await sandbox.run("schedule", "rollback", "1")
                #expect(back.status == 0, "\(back)")
                #expect(sandbox.read("schedules.yaml") == Self.calm)
                #expect(try await Self.versions(sandbox) == [3, 2, 1])
                #expect(try await sandbox.run("schedule", "rollback", "9").status == 3)
            }
        }

        @Test func `a plan that is out of date is not applied`() async throws {
            try await Self.withIdleFleet { sandbox, _ in
                try await sandbox.run("schedule", "apply")
                try sandbox.write(Self.other, to: "new.yaml")
                let plan = try await sandbox.json("schedule", "plan", "new.yaml")["plan"].text
                try sandbox.write(Self.other.replacing("2m", with: "3m"), to: "new.yaml")
                let changed = try await sandbox.run("schedule", "apply", "new.yaml", "--plan", plan)
                #expect(changed.status == 6, "\(changed)")
                #expect(changed.complaint.contains("is out of date"))
                #expect(sandbox.read("schedules.yaml") == Self.calm)
                #expect(try await Self.versions(sandbox) == [1])
            }
        }

        @Test func `a risky change needs a yes, and a dry run changes nothing`() async throws {
            try await Self.withIdleFleet { sandbox, _ in
                try await sandbox.run("schedule", "apply")
                try sandbox.write(Self.risky, to: "new.yaml")
                let refused = try await sandbox.run("schedule", "apply", "new.yaml")
                #expect(refused.status == 5, "\(refused)")
                #expect(refused.output.contains("OVER RESERVE"))
                let dry = try await sandbox.run("schedule", "apply", "new.yaml", "--dry-run", "--yes")
                #expect(dry.status == 0)
                #expect(sandbox.read("schedules.yaml") == Self.calm)
                #expect(try await Self.versions(sandbox) == [1])
                #expect(try await sandbox.run("schedule", "apply", "new.yaml", "--yes").status == 0)
                #expect(sandbox.read("schedules.yaml") == Self.risky)
            }
        }

        @Test func `whoever is killed between file and version leaves a file that is whole and can be applied`()
            async throws
        {
            try await Self.withIdleFleet { sandbox, client in
                try await sandbox.run("schedule", "apply")
                try sandbox.write(Self.other, to: "new.yaml")
                // Reads go on, so it comes as far as its one write to Redis, and stands there.
                _ = try await client.send(["CLIENT", "PAUSE", 60_000, "WRITE"])
                let applying = try sandbox.start(["schedule", "apply", "new.yaml"])
                try await eventually("the file is written") { sandbox.read("schedules.yaml") == Self.other }
                kill(applying.pid, SIGKILL)
                _ = try await applying.end(within: .seconds(10))
                _ = try await client.send(["CLIENT", "UNPAUSE"])
                let left = try FileManager.default.contentsOfDirectory(atPath: sandbox.folder)
                #expect(!left.contains { $0.hasSuffix(".part") })
                #expect(try await sandbox.run("schedule", "plan", "--exit-code").status == 1)
                #expect(try await Self.versions(sandbox) == [1])
                #expect(try await sandbox.run("schedule", "apply").output.hasSuffix("Version 2 is active.\n"))
                #expect(sandbox.read("schedules.yaml") == Self.other)
            }
        }
    }
}
