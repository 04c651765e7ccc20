import Fleet
import Foundation
import ProgramSupport
import Redis
import TestSupport
import Testing

extension EndToEnd {
    /// The examples of the help can be pasted.
    @Suite(.serialized) struct HelpExampleTests {
        private static let schedule = """
            version: 1
            queues: { test: { retry: { attempts: 1 } }, evaluation: , rebalance: , cache-refresh: }
            pools: { all: { queues: ["*"], processes: 1, concurrency: 4, grace: 1s } }

            """

        private static func examples(_ command: CommandTree.Command) -> [String] {
            command.discussion.split(separator: "\n").map { String($0.drop { $0 == " " }) }
                .filter { $0.hasPrefix("flotilla ") }
        }

        /// Ends the jobs that the examples name: some well, some dead.
        private func prepare(_ sandbox: Sandbox) async throws {
            try sandbox.write("{\"bot_id\": 8}\n", to: "args.json")
            let worker = try sandbox.start(["worker", "--queues", "test"])
            for id in ["01J9ZK4M5N0001", "01J9ZK4M5P0001"] {
                let words = ["enqueue", "flotilla.test.fail", "--id", id, "--args", #"{"message": "no"}"#, "--wait"]
                #expect(try await sandbox.run(words).status == 1)
            }
            worker.process.signal(SIGTERM)
            _ = try await worker.end(within: .seconds(20))
        }

        @Test(.timeLimit(.minutes(10)))
        func `every example of the help runs as it stands, and none breaks over lines`() async throws {
            var found: [(CommandTree.Command, String)] = []
            try await withSandbox { sandbox in
                let tree = try await CommandTree.read(sandbox)
                found = tree.commands.flatMap { command in Self.examples(command).map { (command, $0) } }
                for (command, example) in found {
                    let help = try await sandbox.run(command.path + ["--help"])
                    let lines = help.output.split(separator: "\n").map { String($0.drop { $0 == " " }) }
                    #expect(lines.contains(example), "broken over lines in the help: \(example)")
                }
            }
            #expect(found.count >= 14)
            for (command, example) in found {
                try await withRedis(schedule: Self.schedule, environment: Schedules.testJobs) { sandbox, server in
                    let redis = server.client()
                    try await sandbox.run("enqueue", "evaluation", "--args", #"{"bot_id": 1}"#, "--in", "1h")
                    if example.contains("01J9ZK4M5N") { try await prepare(sandbox) }
                    // The example's job is one of bots.
                    if command.path == ["failed", "edit"] { try await turnIntoEvaluation("01J9ZK4M5N0001", redis) }
                    let shell = "flotilla() { \"$F\" \"$@\"; }; \(example)"
                    let environment = try await ["F": BuiltProgram.path()]
                    let outcome = try await sandbox.launch("/bin/sh", ["-c", shell], environment: environment)
                        .end(within: .seconds(60))
                    #expect(outcome.status == 0, "\(example): \(outcome)")
                    await redis.close()
                }
            }
        }

        private func turnIntoEvaluation(_ id: String, _ redis: RedisClient) async throws {
            let key = RedisWord.text("flotilla:1:{test}:jobs")
            let record = try await redis.send(["HGET", key, .text(id)]).string()
            let other = record.replacing("flotilla.test.fail", with: "evaluation")
            _ = try await redis.send(["HSET", key, .text(id), .text(other)])
        }
    }
}
