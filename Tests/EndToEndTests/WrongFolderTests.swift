import Foundation
import ProgramSupport
import Redis
import TestSupport
import Testing

extension EndToEnd {
    /// Commands where no fleet runs, and where nobody has said which Redis is meant.
    @Suite(.serialized) struct WrongFolderTests {
        private static let sentence = "no fleet runs in this folder"

        /// Every command that writes, and some that read.
        private static let commands = [
            ["status"], ["status", "--check"], ["jobs", "list"], ["schedule", "list"],
            ["enqueue", "evaluation", "--args", "{\"bot_id\": 7}"],
            ["schedule", "apply"], ["schedule", "pause", "tick"], ["queues", "pause", "test"],
            ["queues", "resume", "test"], ["limits", "set", "coinbase", "1/s"],
            ["circuits", "open", "x", "--for", "10m"],
            ["worker", "--queues", "test"], ["scheduler"], ["failed", "retry", "--all", "--yes"],
            ["schedule", "run", "tick"], ["failed", "trim", "--queue", "test", "--keep", "1", "--yes"],
        ]

        /// A foreign server at the usual port; nil when the machine has one there already.
        private static func stranger() async throws -> TemporaryRedis? {
            try? await TemporaryRedis.start(.init(arguments: ["--port", "6379", "--bind", "127.0.0.1"]))
        }

        @Test(.timeLimit(.minutes(3)))
        func `a Redis that nobody named and that holds no fleet is neither read for one nor written to`() async throws {
            guard let server = try await Self.stranger() else { return }
            try await withSandbox(schedule: SchedulePlanTests.calm) { sandbox in
                let client = server.client()
                _ = try await client.send(["SET", "mine", "1"])
                for words in Self.commands {
                    let outcome = try await sandbox.run(words)
                    #expect(outcome.status == 3, "\(words): \(outcome)")
                    #expect(outcome.complaint.contains(Self.sentence), "\(words): \(outcome)")
                    #expect(outcome.complaint.contains("'flotilla up'") && outcome.complaint.contains("--home DIR"))
                }
                let doctor = try await sandbox.run("doctor")
                #expect(doctor.status == 8 && doctor.output.contains(Self.sentence), "\(doctor)")
                #expect(try await client.send(["DBSIZE"]) == .integer(1))
                // Named, it is used as ever.
                let named = try await sandbox.run("schedule", "apply", "--redis", "redis://127.0.0.1:6379/0")
                #expect(named.status == 0, "\(named)")
                // And once it holds a fleet, it need not be named.
                let entries = try await sandbox.run("schedule", "list")
                #expect(entries.status == 0 && entries.output.contains("evaluate-bots"), "\(entries)")
                await client.close()
            }
            try await server.stop()
        }

        @Test(.timeLimit(.minutes(3)))
        func `without any Redis it is said that no fleet runs here, and which folder was meant`() async throws {
            // A machine that has one at the usual port tells the other sentence.
            let isFree = try await Self.stranger()
            try await isFree?.stop()
            try await withSandbox(schedule: SchedulePlanTests.calm) { sandbox in
                if isFree != nil {
                    for words in Self.commands.prefix(6) {
                        let outcome = try await sandbox.run(words)
                        #expect(outcome.status == 4 && outcome.complaint.contains(Self.sentence), "\(outcome)")
                    }
                }
                // What a fleet that was killed has left behind.
                try FileManager.default.createDirectory(
                    atPath: sandbox.path("home"), withIntermediateDirectories: true)
                try sandbox.write("unix://\(sandbox.path("home/redis.sock"))?db=0", to: "home/redis.url")
                let gone = try await sandbox.run("status", "--home", "home")
                #expect(gone.status == 4 && gone.complaint.contains("no fleet runs in home"), "\(gone)")
                #expect(gone.complaint.contains("home/redis.url names the Redis"), "\(gone)")
            }
        }
    }
}
