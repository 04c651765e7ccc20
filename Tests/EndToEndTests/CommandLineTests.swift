import Foundation
import ProgramSupport
import TestSupport
import Testing

extension EndToEnd {
    /// What holds for every command: found by walking the tree of them.
    @Suite(.serialized) struct CommandLineTests {
        private func error(_ outcome: Outcome) throws -> JSON {
            let document = try JSON(outcome.output)
            #expect(document.keys == ["error"] && document["error"].keys == ["type", "message", "remedy"], "\(outcome)")
            #expect(!document["error"]["message"].text.isEmpty && !document["error"]["remedy"].text.isEmpty)
            return document["error"]
        }

        @Test(.timeLimit(.minutes(5)))
        func `every command takes --json, and its errors are documents`() async throws {
            // No Redis and no file: whatever a command does first fails.
            let away = ["REDIS_URL": "redis://127.0.0.1:1/0", "FLOTILLA_SCHEDULES": "none.yaml"]
            try await withSandbox(environment: away) { sandbox in
                let tree = try await CommandTree.read(sandbox)
                #expect(tree.commands.count > 50)
                for command in tree.commands {
                    let name = command.path.joined(separator: " ")
                    #expect(command.options.contains("--json"), "\(name) takes no --json")
                    let wrong = try await sandbox.run(command.path + ["--json", "--no-such-flag"])
                    #expect(wrong.status == 2, "\(name): \(wrong)")
                    #expect(try error(wrong)["type"].text == "usage", "\(name)")
                    #expect(wrong.complaint.contains("Usage: flotilla \(name)"), "\(name): \(wrong)")
                }
            }
        }

        @Test(arguments: [
            (["status"], 4, "unreachable"), (["jobs", "list"], 4, "unreachable"),
            (["queues", "pause", "q"], 4, "unreachable"), (["worker", "--pool", "x"], 2, "usage"),
            (["enqueue", "evalution"], 2, "usage"), (["nosuch"], 2, "usage"),
            (["jobs", "show", "a b"], 2, "usage"),
            (["schedule", "check", "none.yaml"], 2, "usage"),
        ] as [([String], Int32, String)])
        func `an error has the status that it has without JSON`(
            _ words: [String], _ status: Int32, _ type: String
        ) async throws {
            let schedule = Schedules.everyQueue(processes: 1)
            try await withSandbox(schedule: schedule, environment: ["REDIS_URL": "redis://127.0.0.1:1/0"]) { sandbox in
                let plain = try await sandbox.run(words)
                #expect(plain.status == status && plain.output.isEmpty, "\(plain)")
                let outcome = try await sandbox.run(words + ["--json"])
                #expect(outcome.status == status && outcome.complaint == plain.complaint, "\(outcome)")
                #expect(try error(outcome)["type"].text == type, "\(outcome)")
            }
        }

        @Test func `a refusal is a document too, and a command that has printed one prints no second`() async throws {
            let schedule = Schedules.everyQueue(processes: 1)
            try await withRedis(schedule: schedule, environment: Schedules.testJobs) { sandbox, _ in
                let missing = try await sandbox.run("jobs", "show", "none", "--json")
                #expect(try error(missing)["type"].text == "not-found")
                let wrong = try await sandbox.run("jobs", "list", "-o", "json", "--limit", "0")
                #expect(try error(wrong)["type"].text == "usage")
                try await sandbox.run("enqueue", "flotilla.test.noop", "--count", "3")
                let refused = try await sandbox.run("queues", "purge", "test", "--json")
                #expect(refused.status == 5, "\(refused)")
                let found = try error(refused)
                #expect(found["type"].text == "refused" && found["message"].text == "Nothing was changed.")
                #expect(found["remedy"].text.contains("--yes"), "\(found)")
                let check = try await sandbox.run("status", "--check", "--json")
                #expect(check.status == 8, "\(check)")
                #expect(try JSON(check.output).keys.contains("queues"), "\(check)")
                for words in [
                    ["queues", "pause", "test"], ["queues", "resume", "test"], ["failed", "export"],
                ] {
                    let outcome = try await sandbox.run(words + ["--json"])
                    #expect(outcome.status == 0, "\(outcome)")
                    _ = try JSON(outcome.output)
                }
            }
        }

        @Test(arguments: [
            ("job list", "flotilla jobs list"), ("jobs retry x", "flotilla failed retry x"),
            ("job retry", "flotilla failed retry"), ("queue ls", "flotilla queues ls"),
            ("jobs lsit --state dead", "flotilla jobs list"), ("help job", "flotilla jobs"), ("ps", "flotilla status"),
            ("jobs purge q", "flotilla queues purge q"), ("schedul plan", "flotilla schedule plan"),
            ("failed cancel x", "flotilla jobs cancel x"), ("help nosuch", "Use one of: up, worker"),
            ("nosuch", "Use one of: up, worker"), ("jobs nosuch", "Use one of: list, show, cancel, delete"),
        ])
        func `a wrong command says which one was meant`(_ words: String, _ meant: String) async throws {
            try await withSandbox { sandbox in
                let outcome = try await sandbox.run(words.split(separator: " ").map(String.init))
                #expect(outcome.status == 2 && outcome.output.isEmpty, "\(outcome)")
                #expect(outcome.complaint.contains(meant), "\(outcome)")
            }
        }

        @Test func `a job is found by a beginning of its id that no other has`() async throws {
            let schedule = Schedules.everyQueue(processes: 1)
            try await withRedis(schedule: schedule, environment: Schedules.testJobs) { sandbox, _ in
                for id in ["01J9ZK4M5NAAAA", "01J9ZK4M5NBBBB", "01J9ZK4M5PCCCC", "01J9ZK4M5PCCCC:child", "j10"] {
                    try await sandbox.run("enqueue", "flotilla.test.noop", "--id", id)
                }
                #expect(try await sandbox.json("jobs", "show", "01J9ZK4M5NA")["id"].text == "01J9ZK4M5NAAAA")
                // Children carry their parent's id.
                #expect(try await sandbox.json("jobs", "show", "01J9ZK4M5P")["id"].text == "01J9ZK4M5PCCCC")
                let several = try await sandbox.run("jobs", "cancel", "01J9ZK4M5N")
                #expect(several.status == 2, "\(several)")
                #expect(several.complaint.contains("01J9ZK4M5NAAAA, 01J9ZK4M5NBBBB"), "\(several)")
                let cancelled = try await sandbox.run("jobs", "cancel", "01J9ZK4M5NA")
                #expect(cancelled.status == 0 && cancelled.output == "01J9ZK4M5NAAAA cancelled\n", "\(cancelled)")
                // Too short to be meant as a beginning, and an id that is gone is not another one.
                #expect(try await sandbox.run("jobs", "cancel", "j1").status == 3)
                let gone = try await sandbox.run("jobs", "show", "01J9ZK4M5N0000000000000000")
                #expect(gone.status == 3, "\(gone)")
            }
        }
    }
}
