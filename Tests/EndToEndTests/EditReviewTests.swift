import Foundation
import ProgramSupport
import TestSupport
import Testing

extension EndToEnd {
    /// Edits in place of the file of a running fleet that wait until a person applies them.
    @Suite(.serialized) struct EditReviewTests {
        /// Eight calls in ten seconds: one a second, or all in one, where others than orders may have six.
        private static func schedule(_ every: String = "10s", atOnce: Bool = false, review: String = "") -> String {
            let entries = (0..<8).map { number in
                let offset = atOnce || number == 0 ? "" : "offset: \(number)s, "
                return "  refresh-\(number): { job: cache-refresh, every: \(every), \(offset)args: { what: quotes } }"
            }
            return """
            # a comment of ours
            version: 1
            \(review)
            limits: { coinbase: { rate: 10/s, burst: 10, reserve: { execution: 4 } } }
            queues: { execution: { limit: coinbase }, cache-refresh: { limit: coinbase } }
            pools: { all: { queues: ["*"], processes: 1, concurrency: 4, grace: 5s } }
            schedules:
            \(entries.joined(separator: "\n"))

            """
        }

        private static func file(_ sandbox: Sandbox) async throws -> JSON {
            try await sandbox.json("status")["scheduler"]["files"][0]
        }

        private static func version(_ sandbox: Sandbox) async throws -> Int {
            try await sandbox.json("status")["scheduler"]["schedule_version"].int
        }

        private static func stands(_ state: String, _ sandbox: Sandbox) async throws -> JSON {
            var found = JSON.null
            try await eventually("the file is \(state)", within: .seconds(40), every: .milliseconds(200)) {
                found = try await file(sandbox)
                return found["state"].text == state
            }
            return found
        }

        @Test(.timeLimit(.minutes(4)))
        func `a risky edit in place waits, is shown everywhere, and the printed command applies it`() async throws {
            try await withSandbox(schedule: Self.schedule()) { sandbox in
                let up = try await Up.start(in: sandbox, workers: 1)
                #expect(try await sandbox.run("status", "--check").status == 0)
                // Not risky: live at once, as ever.
                try sandbox.write(Self.schedule("12s"), to: "schedules.yaml")
                try await eventually("it is live", within: .seconds(20), every: .milliseconds(200)) {
                    try await Self.version(sandbox) == 2
                }
                let risky = Self.schedule(atOnce: true)
                try sandbox.write(risky, to: "schedules.yaml")
                let file = try await Self.stands("review", sandbox)
                #expect(file["risks"][0].text.contains("OVER RESERVE"), "\(file)")
                let command = file["activate"].text
                let plan = file["plan"].text
                #expect(command == "flotilla schedule apply \(sandbox.path("schedules.yaml")) --plan \(plan) --yes")
                for words in [["status"], ["schedule", "list"], ["doctor"], ["status", "--check"]] {
                    let outcome = try await sandbox.run(words)
                    #expect("\(outcome)".contains(command) && "\(outcome)".contains("OVER RESERVE"), "\(outcome)")
                    let isCheck = words == ["doctor"] || words.contains("--check")
                    #expect(outcome.status == (isCheck ? 8 : 0), "\(outcome)")
                }
                #expect(up.program.log.contains("ALARM \(sandbox.path("schedules.yaml")) on "), "\(up.program.log)")
                #expect(up.program.log.contains("--plan \(plan) --yes"))
                #expect(try await Self.version(sandbox) == 2)
                let shown = try await sandbox.paste(file["review"].text)
                #expect(shown.status == 0 && shown.output.contains("Plan \(plan):"), "\(shown)")
                let applied = try await sandbox.paste(command)
                #expect(applied.status == 0, "\(applied)")
                #expect(try await Self.version(sandbox) == 3)
                #expect(sandbox.read("schedules.yaml") == risky)
                _ = try await Self.stands("same", sandbox)
                #expect(try await up.interrupt().status == 0)
            }
        }

        @Test(.timeLimit(.minutes(4)))
        func `an edit cannot lift its own review, and a fleet that starts with one runs what ran`() async throws {
            try await withSandbox(schedule: Self.schedule()) { sandbox in
                var up = try await Up.start(in: sandbox, workers: 1)
                try sandbox.write(Self.schedule(atOnce: true, review: "review: never"), to: "schedules.yaml")
                _ = try await Self.stands("review", sandbox)
                #expect(try await up.interrupt().status == 0)
                up = try await Up.start(in: sandbox, workers: 1)
                let file = try await Self.stands("review", sandbox)
                #expect(try await Self.version(sandbox) == 1)
                #expect(try await sandbox.paste(file["activate"].text).status == 0)
                // Now none waits.
                try sandbox.write(Self.schedule("5s", atOnce: true, review: "review: never"), to: "schedules.yaml")
                try await eventually("it is live", within: .seconds(20), every: .milliseconds(200)) {
                    try await Self.version(sandbox) == 3
                }
                #expect(try await up.interrupt().status == 0)
            }
        }
    }
}
