import Foundation
import JobQueue
import ProgramSupport
import Redis
import TestSupport
import Testing

/// Which databases are one.
struct LedgerSightingTests {
    private static func sighting(
        _ id: String, _ path: String = "/a/trader.db", file: String = "1:1", host: String = "h"
    ) -> LedgerSighting {
        LedgerSighting(holder: "\(host)\(path)", host: host, path: path, id: id, file: file)
    }

    @Test(arguments: [
        (sighting("1"), sighting("1"), false), (sighting("1"), sighting("2", "/b/trader.db", file: "1:2"), true),
        // A copy of the file beside it, and a link to it.
        (sighting("1"), sighting("1", "/b/trader.db", file: "1:2"), true),
        (sighting("1"), sighting("1", "/b/trader.db"), false),
        // A backup was restored to the path.
        (sighting("1"), sighting("1", file: "1:9"), false), (sighting("1"), sighting("2", file: "1:9"), false),
        // A folder that two hosts share, and two folders.
        (sighting("1"), sighting("1", file: "7:9", host: "g"), false),
        (sighting("1"), sighting("2", file: "7:9", host: "g"), true),
    ])
    func `a database is another by its id, or by its place on one host`(
        _ one: LedgerSighting, _ other: LedgerSighting, _ isOther: Bool
    ) {
        #expect(one.isOther(than: other) == isOther && other.isOther(than: one) == isOther)
    }
}

extension EndToEnd {
    /// Fleets on one Redis, each with a database of its own.
    @Suite(.serialized) struct TwoDatabasesTests {
        /// Commands that would show or change a copy of the database.
        private func expectRefusals(_ sandbox: Sandbox) async throws {
            let port = try freePort()
            for words in [
                ["api", "--listen", "127.0.0.1:\(port)"], ["rebalance", "--dry-run"],
                ["rebalance", "--confirm", "--yes"],
            ] {
                let outcome = try await sandbox.run(words + ["--database", "sqlite:///copy.db"])
                #expect(outcome.status == 5, "\(words): \(outcome)")
                #expect(outcome.complaint.contains("one fleet has one database"), "\(outcome)")
            }
            let doctor = try await sandbox.run("doctor", "--database", "sqlite:///copy.db")
            #expect(doctor.status == 8 && doctor.output.contains("one fleet has one database"), "\(doctor)")
        }

        @Test(.timeLimit(.minutes(4)))
        func `a second up with another database is refused, unless its namespace differs`() async throws {
            let schedule = Schedules.everyQueue(processes: 1)
            try await withRedis(schedule: schedule, environment: Schedules.testJobs) { sandbox, server in
                let up = try await Up.start(in: sandbox, workers: 1)
                try FileManager.default.copyItem(
                    atPath: sandbox.path("trader.db"), toPath: sandbox.path("copy.db"))
                for (database, home) in [("other.db", "h1"), ("copy.db", "h2")] {
                    let second = try await sandbox.run(
                        ["up", "--home", home, "--database", "sqlite:///\(database)"], within: .seconds(40))
                    #expect(second.status == 5, "\(second)")
                    #expect(second.complaint.contains("one fleet has one database"), "\(second)")
                    #expect(second.complaint.contains(sandbox.path("trader.db")), "\(second)")
                    #expect(second.complaint.contains("Set --database to that one"), "\(second)")
                }
                let worker = try await sandbox.run(
                    ["worker", "--queues", "test", "--database", "sqlite:///other.db"], within: .seconds(40))
                #expect(worker.status == 5, "\(worker)")
                #expect(!FileManager.default.fileExists(atPath: sandbox.path("other.db")))
                try await expectRefusals(sandbox)
                #expect(try await sandbox.run("status", "--check").status == 0)
                // By another name it is the same one.
                try FileManager.default.createSymbolicLink(
                    atPath: sandbox.path("link.db"), withDestinationPath: sandbox.path("trader.db"))
                let linked = try sandbox.start(["worker", "--queues", "test", "--database", "sqlite:///link.db"])
                try await up.serves(workers: 2)
                kill(linked.pid, SIGTERM)
                #expect(try await linked.end(within: .seconds(20)).status == 0)
                let free = try sandbox.start(
                    ["up", "--home", "h3", "--database", "sqlite:///other.db", "--namespace", "second"])
                try await eventually("it is up", within: .seconds(40), every: .milliseconds(100)) {
                    free.output.contains("flotilla is up")
                }
                kill(free.pid, SIGTERM)
                _ = try await free.end(within: .seconds(30))

                // Two that came at the same moment did not see each other: then everybody is told.
                let client = server.client()
                let registry = LedgerRegistry(broker: Broker(redis: client))
                let other = LedgerSighting(holder: "late", host: "h", path: "/b/trader.db", id: "x", file: "1:1")
                for words in [["status"], ["status", "--check"], ["doctor"]] {
                    try await registry.report(other)
                    let outcome = try await sandbox.run(words)
                    #expect("\(outcome)".contains("One fleet writes to 2 databases"), "\(outcome)")
                    #expect(outcome.status == (words == ["status"] ? 0 : 8), "\(outcome)")
                }
                try await registry.remove("late")
                await client.close()
                #expect(
                    try await sandbox.json("status")["databases"].array.map { $0["path"].text }.contains(
                        sandbox.path("trader.db")))
                let audit = try await sandbox.run("doctor", "--audit")
                #expect(!audit.output.contains("that no version of this layout writes"), "\(audit)")
                #expect(try await up.interrupt().status == 0)
            }
        }
    }
}
