import Foundation
import ProgramSupport
import Redis
import TestSupport
import Testing

extension EndToEnd {
    /// A Redis that runs and refuses some of what the fleet asks.
    @Suite(.serialized) struct RefusingRedisTests {
        private static let reads = [
            ["status"], ["jobs", "list"], ["failed", "list"], ["failed", "groups"], ["queues", "list"],
            ["schedule", "list"], ["limits", "list"], ["circuits", "list"],
        ]

        @Test(.timeLimit(.minutes(2)))
        func `with a full disk under Redis every read works, and a write says what is wrong`() async throws {
            try await withRedis(schedule: Schedules.everyQueue(processes: 1), environment: Schedules.testJobs) {
                sandbox, server in
                try await sandbox.run("enqueue", "flotilla.test.noop", "--id", "before")
                try await server.fillDisk()
                for words in Self.reads + [["jobs", "show", "before"]] {
                    let outcome = try await sandbox.run(words)
                    #expect(outcome.status == 0, "\(words): \(outcome)")
                    #expect(outcome.complaint.isEmpty, "\(words): \(outcome)")
                }
                for words in ["enqueue flotilla.test.noop", "jobs cancel before", "queues pause test"] {
                    let outcome = try await sandbox.run(words.split(separator: " ").map(String.init))
                    #expect(outcome.status == 4, "\(words): \(outcome)")
                    #expect(outcome.complaint.contains("cannot write to its disk and takes no changes"), "\(outcome)")
                    #expect(!outcome.complaint.contains("Start redis-server"), "\(outcome)")
                }
            }
        }

        @Test func `a Redis that takes no more clients is not one that cannot be reached`() async throws {
            try await withRedis(schedule: Schedules.everyQueue(processes: 1)) { sandbox, server in
                let redis = server.client()
                try await redis.send(["CONFIG", "SET", "maxclients", "1"]).ok()
                let outcome = try await sandbox.run("status")
                #expect(outcome.status == 4, "\(outcome)")
                #expect(outcome.complaint.contains("as many clients as its maxclients allows"), "\(outcome)")
                #expect(!outcome.complaint.contains("Start redis-server"), "\(outcome)")
            }
        }

        @Test func `a user who may not run INFO sees everything else, and that it is missing`() async throws {
            try await withRedis(schedule: Schedules.everyQueue(processes: 1), environment: Schedules.testJobs) {
                sandbox, server in
                try await sandbox.run("enqueue", "flotilla.test.noop", "--id", "j")
                let user = ["on", ">secret", "~*", "&*", "+@all", "-@dangerous"]
                _ = try await server.client().send(RedisCommand(["ACL", "SETUSER", "ops"] + user.map { .text($0) }))
                let url = server.url.replacing("redis://", with: "redis://ops:secret@")
                let text = try await sandbox.run("status", "--redis", url)
                #expect(text.status == 0, "\(text)")
                #expect(text.output.contains("test") && text.output.contains("our user may not run INFO"), "\(text)")
                let status = try JSON(try await sandbox.run("status", "--json", "--redis", url).output)
                #expect(status["queues"].named("test")["ready"].int == 1)
                #expect(status["redis"]["version"].text == "" && status["redis"]["address"].text != "")
                for words in Self.reads {
                    let outcome = try await sandbox.run(words + ["--redis", url])
                    #expect(outcome.status == 0, "\(words): \(outcome)")
                }
                let doctor = try await sandbox.run("doctor", "--redis", url)
                #expect(doctor.status == 8 && doctor.output.contains("Grant INFO to our user"), "\(doctor)")
                #expect(doctor.output.contains("scheduler"), "the other checks are made: \(doctor)")
            }
        }
    }
}
