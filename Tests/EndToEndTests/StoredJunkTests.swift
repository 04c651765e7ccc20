import Foundation
import ProgramSupport
import Redis
import TestSupport
import Testing

extension EndToEnd {
    /// What another version, or a hand, has left in Redis: every document stays valid JSON.
    @Suite(.serialized) struct StoredJunkTests {
        private static let schedule = Schedules.everyQueue(processes: 1)

        /// Payloads that no version accepts any more.
        private static let payloads: [[UInt8]] = [
            [0xEF, 0xBB, 0xBF] + Array("{\"a\":1}".utf8), Array("\"\u{FF}".utf8).dropLast() + [0xFF, 0x22],
            Array("{\"a\":".utf8), Array("NaN".utf8), Array("\"\\ud800\"".utf8), Array("a\u{0}b".utf8), [],
            Array("{\"a\":1}{\"b\":2}".utf8),
        ]

        private static func record(_ mark: String, _ payload: [UInt8], number: Int) -> [UInt8] {
            let outcome = "{\"error\":{\"type\":\"t\",\"message\":\"m\",\"fingerprint\":\"f\",\"at\":\(Int64.max)}}"
            let event = "{\"at\":\(number == 0 ? Int64.min : 5),\"event\":\"failed\"}"
            let options = number == 1 ? "\u{FEFF}{" : ""
            let head = "1\(mark)0\tevaluation\t1\t0\t999999999999999999\t5\t-7\tw\n\(options)\n\(event)\n"
            let text = head + (mark == "S" ? "{\"result\":\u{FEFF}nonsense}" : outcome) + "\n"
            return Array(text.utf8) + payload
        }

        private func store(in server: TemporaryRedis) async throws {
            let redis = server.client()
            let queue = "flotilla:1:{test}:"
            _ = try await redis.send(["SADD", "flotilla:1:queues", "test"])
            _ = try await redis.send(["RPUSH", .text(queue + "history:odd"), .bytes([0xEF, 0xBB, 0xBF, 0x7B])])
            for (number, payload) in Self.payloads.enumerated() {
                for (mark, place) in [("D", "dead"), ("S", "done"), ("w", "ready"), ("w", "scheduled")] {
                    let id = "\(place)\(number)"
                    _ = try await redis.send([
                        "HSET", .text(queue + "jobs"), .text(id), .bytes(Self.record(mark, payload, number: number)),
                    ])
                    switch place {
                    case "done", "ready": _ = try await redis.send(["RPUSH", .text(queue + place), .text(id)])
                    default: _ = try await redis.send(["ZADD", .text(queue + place), "inf", .text(id)])
                    }
                }
            }
            // A record that ends in the middle.
            _ = try await redis.send(["HSET", .text(queue + "jobs"), "cut", "1D0\tevaluation\t1\t0"])
            _ = try await redis.send(["ZADD", .text(queue + "dead"), "1", "cut"])
        }

        @Test(.timeLimit(.minutes(2)))
        func `whatever is stored, what is printed as JSON is JSON`() async throws {
            try await withRedis(schedule: Self.schedule) { sandbox, server in
                try await store(in: server)
                for words in [
                    ["status"], ["queues", "list"], ["jobs", "list"], ["jobs", "list", "--state", "dead"],
                    ["jobs", "list", "--state", "succeeded"], ["failed", "list"], ["failed", "groups"],
                    ["limits", "list"], ["circuits", "list"], ["schedule", "list"],
                ] {
                    let outcome = try await sandbox.run(words + ["--json"])
                    #expect(outcome.status == 0, "\(words): \(outcome)")
                    #expect(isJSON(outcome.output), "\(words): \(outcome)")
                }
                for number in Self.payloads.indices {
                    for words in [["failed", "show", "dead\(number)"], ["jobs", "show", "done\(number)"]] {
                        let outcome = try await sandbox.run(words + ["--json"])
                        #expect(outcome.status == 0, "\(words): \(outcome)")
                        #expect(isJSON(outcome.output), "\(words): \(outcome)")
                    }
                }
                let cut = try await sandbox.run("jobs", "show", "cut", "--json")
                #expect(cut.status != 0 && isJSON(cut.output) && cut.complaint.contains("cannot be read"), "\(cut)")
                let history = try await sandbox.run("schedule", "history", "odd", "--json")
                #expect(history.status == 0 && isJSON(history.output), "\(history)")
                #expect(history.complaint.contains("1 of the records cannot be read"), "\(history)")
                let export = try await sandbox.run("failed", "export")
                let lines = export.output.split(separator: "\n")
                #expect(lines.count == Self.payloads.count)
                for line in lines { #expect(isJSON(String(line)), "\(line)") }
                let edit = try await sandbox.run(
                    "failed", "edit", "dead0", "--args", #"{"bot_id": 1}"#, "--dry-run", "--json")
                #expect(isJSON(edit.output), "\(edit)")
                let keeps = try await sandbox.run("failed", "edit", "dead0", "--queue", "test2", "--yes")
                #expect(keeps.status == 2 && keeps.complaint.contains("byte order mark"), "\(keeps)")
            }
        }

        /// Strictly: Foundation's parser takes a byte order mark.
        private func isJSON(_ text: String) -> Bool {
            guard !text.hasPrefix("\u{FEFF}"), let data = text.data(using: .utf8) else { return false }
            return (try? JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed)) != nil
        }

        @Test func `arguments with a byte order mark are refused wherever they enter`() async throws {
            let schedule = Self.schedule
            try await withRedis(schedule: schedule, environment: Schedules.testJobs) { sandbox, _ in
                try sandbox.write("\u{FEFF}{}", to: "args.json")
                for words in [["--args", "\u{FEFF}{}"], ["--args", "[1e5,NaN]"], ["--args", "\"\\ud800\""]] {
                    let outcome = try await sandbox.run(["enqueue", "flotilla.test.echo"] + words)
                    #expect(outcome.status == 2 && outcome.complaint.contains("are not JSON"), "\(outcome)")
                }
                let script = "exec \"$F\" enqueue flotilla.test.echo --args - <args.json"
                let piped = try await sandbox.launch(
                    "/bin/sh", ["-c", script], environment: ["F": BuiltProgram.path()]).end(within: .seconds(30))
                #expect(piped.status == 2 && piped.complaint.contains("byte order mark"), "\(piped)")
                #expect(try await sandbox.json("jobs", "list").array.isEmpty)
            }
        }
    }
}
