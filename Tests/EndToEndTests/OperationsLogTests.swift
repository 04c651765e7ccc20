import Foundation
import ProgramSupport
import TestSupport
import Testing

extension EndToEnd {
    /// Every change that a person makes by a command is in the operator log, with no worker alive.
    @Suite(.serialized) struct OperationsLogTests {
        @Test func `each command that changes something leaves its entry, and those that do not leave none`()
            async throws
        {
            let schedule = Schedules.everyQueue(processes: 1)
            try await withRedis(schedule: schedule, environment: Schedules.testJobs) { sandbox, _ in
                let enqueued = ["enqueue", "flotilla.test.noop", "--id", "one"]
                #expect(try await sandbox.run(enqueued).status == 0)
                for (words, status) in [
                    (["queues", "pause", "test", "--reason", "a\tlong night"], Int32(0)),
                    (["queues", "resume", "test"], 0),
                    (["queues", "resume", "test"], 0), (["jobs", "cancel", "one"], 0), (["jobs", "cancel", "none"], 3),
                    (["jobs", "delete", "one", "--yes"], 0), (["queues", "purge", "test", "--dry-run"], 0),
                ] {
                    let outcome = try await sandbox.run(words)
                    #expect(outcome.status == status, "\(words): \(outcome)")
                }
                let log = try await sandbox.json("operations", "log").array
                let actions = log.map { "\($0["action"].text) \($0["target"].text)" }
                #expect(
                    actions == ["job.delete one", "job.cancel one", "queue.resume test", "queue.pause test"], "\(log)")
                let pause = try #require(log.last)
                #expect(pause["who"].text.contains("@") && pause["why"].text.contains("long night"), "\(pause)")
                #expect(pause["before"].array.count == 3 && pause["after"].array.first?.text == "0", "\(pause)")
                let table = try await sandbox.run("operations", "log", "--limit", "1")
                #expect(table.output.contains("job.delete") && !table.output.contains("queue.pause"), "\(table)")
                #expect(try await sandbox.json("operations", "log", "--since", "1h").array.count == 4)
                for (words, sentence) in [
                    (["--limit", "0"], "--limit is 0. Use 1 to 1000."), (["--since", "soon"], "soon"),
                ] {
                    let refused = try await sandbox.run(["operations", "log"] + words)
                    #expect(refused.status == 2 && refused.complaint.contains(sentence), "\(refused)")
                }
                let audit = try await sandbox.run("doctor", "--audit")
                #expect(audit.output.contains("ok    audit"), "\(audit)")
            }
        }
    }
}
