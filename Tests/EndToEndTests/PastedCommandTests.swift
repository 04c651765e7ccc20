import Foundation
import JobQueue
import ProgramSupport
import TestSupport
import Testing

/// Words as a shell takes them.
struct ShellWordsTests {
    @Test(arguments: [
        (["flotilla", "schedule", "apply", "/etc/a.yaml"], "flotilla schedule apply /etc/a.yaml"),
        (["my file", "it's", "~x", "a*b", "", "$HOME", "a;b"], "'my file' 'it'\\''s' '~x' 'a*b' '' '$HOME' 'a;b'"),
        (["--redis", "unix:///a?db=0"], "--redis 'unix:///a?db=0'"),
    ])
    func `what a shell would read otherwise is quoted`(_ words: [String], _ line: String) {
        #expect(ShellWords.line(words) == line)
    }
}

extension EndToEnd {
    /// Commands that are printed are pasted, as they are.
    @Suite(.serialized) struct PastedCommandTests {
        private static let calm = SchedulePlanTests.calm
        private static let risky = SchedulePlanTests.risky

        private static func command(_ outcome: Outcome) -> String {
            outcome.output.components(separatedBy: "Apply with: ").last?.components(separatedBy: "\n").first ?? ""
        }

        @Test func `what plan prints applies that plan, with the file and the options that were given`() async throws {
            try await withRedis(schedule: Self.calm) { sandbox, server in
                try await sandbox.run("schedule", "apply")
                let name = "my new, 'risky' file.yaml"
                try sandbox.write(Self.risky, to: name)
                let words = ["schedule", "plan", name, "--entities", "running_bots=39", "--namespace", "flotilla"]
                let plan = try await sandbox.run(words)
                #expect(plan.output.contains("OVER RESERVE"), "\(plan)")
                let command = Self.command(plan)
                #expect(command.contains("--entities running_bots=39") && command.contains("--namespace flotilla"))
                let applied = try await sandbox.paste(command)
                #expect(applied.status == 0, "\(command): \(applied)")
                #expect(sandbox.read("schedules.yaml") == Self.risky)
                // From another folder, by the options alone.
                try sandbox.write(Self.calm, to: "calm.yaml")
                let far = try await sandbox.run(
                    ["schedule", "plan", sandbox.path("calm.yaml"), "--redis", server.url, "--schedules",
                        sandbox.path("schedules.yaml")], environment: ["REDIS_URL": "redis://127.0.0.1:1/0"])
                let back = try await sandbox.paste("REDIS_URL=redis://127.0.0.1:1/0 \(Self.command(far))", in: "/")
                #expect(back.status == 0, "\(Self.command(far)): \(back)")
                #expect(sandbox.read("schedules.yaml") == Self.calm)
            }
        }

        @Test func `a dry run of rollback and a plan against a file print what works`() async throws {
            try await withRedis(schedule: Self.calm) { sandbox, _ in
                try await sandbox.run("schedule", "apply")
                try sandbox.write(Self.risky, to: "new.yaml")
                let plan = try await sandbox.run("schedule", "plan", "new.yaml", "--against", "schedules.yaml")
                #expect(Self.command(plan).contains("new.yaml --against schedules.yaml"))
                let applied = try await sandbox.paste(Self.command(plan))
                #expect(applied.status == 0, "\(applied)")
                // The same again: another version is active than the one it was compared with.
                try sandbox.write(Self.calm, to: "old.yaml")
                let stale = try await sandbox.run("schedule", "apply", "new.yaml", "--against", "old.yaml", "--yes")
                #expect(stale.status == 6 && stale.complaint.contains("it is not old.yaml"), "\(stale)")
                let rollback = try await sandbox.run("schedule", "rollback", "1", "--dry-run")
                #expect(Self.command(rollback).hasPrefix("flotilla schedule rollback 1 "), "\(rollback)")
                let back = try await sandbox.paste(Self.command(rollback))
                #expect(back.status == 0 && !back.output.contains("Apply with"), "\(back)")
                #expect(sandbox.read("schedules.yaml") == Self.calm)
            }
        }

        @Test func `a missing FILE is called that, and what is overwritten is said before`() async throws {
            try await withRedis(schedule: Self.calm) { sandbox, _ in
                try await sandbox.run("schedule", "apply")
                try sandbox.write(Self.risky, to: "new.yaml")
                let plan = try await sandbox.json("schedule", "plan", "new.yaml")
                let id = plan["plan"].text
                #expect(plan["apply"].text == "flotilla schedule apply new.yaml --plan \(id) --yes")
                let bare = try await sandbox.run("schedule", "apply", "--plan", id)
                #expect(bare.status == 6 && bare.complaint.contains("Name the file that was planned"), "\(bare)")
                let mine = Self.calm + "# mine\n"
                try sandbox.write(mine, to: "schedules.yaml")
                let lost = try await sandbox.run("schedule", "apply", "new.yaml", "--plan", id)
                #expect(lost.status == 5, "\(lost)")
                let refused = try await sandbox.run("schedule", "apply", "calm.yaml")
                #expect(refused.status == 2 && refused.complaint.contains("there is no such file"), "\(refused)")
                #expect(sandbox.read("schedules.yaml") == mine)
                let applied = try await sandbox.run("schedule", "apply", "new.yaml", "--plan", id, "--yes")
                #expect(applied.status == 0, "\(applied)")
                #expect(applied.complaint.contains("schedules.yaml will be overwritten with new.yaml, comments"))
                let help = try await sandbox.run("schedule", "apply", "--help")
                #expect(help.output.contains("comments and all"))
            }
        }
    }
}
