import ProgramSupport
import Redis
import TestSupport
import Testing

extension EndToEnd {
    /// Input that no honest caller sends: a clear sentence and the right status, never a crash, never a key.
    @Suite(.serialized) struct HostileInputTests {
        private static let long = String(repeating: "q", count: 100_000)
        private static let ids: [[String]] = [
            ["enqueue", "evaluation", "--id"], ["jobs", "show"], ["jobs", "delete"], ["jobs", "cancel"],
            ["failed", "show"], ["failed", "edit", "--kind", "evaluation"], ["failed", "retry"],
            ["enqueue", "evaluation", "--unique"], ["enqueue", "evaluation", "--cap"],
        ]
        private static let names: [[String]] = [
            ["enqueue"], ["enqueue", "evaluation", "--queue"], ["jobs", "list", "--queue"], ["jobs", "list", "--kind"],
            ["failed", "list", "--queue"], ["failed", "list", "--kind"], ["queues", "pause"], ["queues", "purge"],
            ["enqueue", "evaluation", "--chain"], ["jobs", "list", "--state"], ["failed", "edit", "a", "--kind"],
        ]
        private static let texts = [
            "\u{1b}[2J", "a b", "ü", "", "{a}:b", "*", long, "../../etc/passwd", "a\u{202e}b",
        ]

        @Test func `names and ids that no queue accepts are refused before Redis is asked`() async throws {
            try await withRedis(schedule: Schedules.everyQueue(processes: 1)) { sandbox, server in
                for words in Self.names + Self.ids { try await refuses(words + ["a\r\nb"], sandbox) }
                for (at, text) in Self.texts.enumerated() {
                    try await refuses(Self.names[at % Self.names.count] + [text], sandbox)
                    // Of these, an id may hold all but blanks.
                    guard !["{a}:b", "*", "../../etc/passwd"].contains(text) else { continue }
                    try await refuses(Self.ids[at % Self.ids.count] + [text], sandbox)
                }
                let redis = server.client()
                #expect(try await redis.send(["DBSIZE"]).int() == 0)
                await redis.close()
            }
        }

        private func refuses(_ words: [String], _ sandbox: Sandbox) async throws {
            let outcome = try await sandbox.run(words)
            let what = words.map { $0.prefix(40) }
            #expect(outcome.status == 2, "\(what): \(outcome.status) \(outcome.complaint.prefix(300))")
            #expect(outcome.output.isEmpty && outcome.complaint.utf8.count < 1_000, "\(what)")
            let isPlain = outcome.complaint.unicodeScalars.allSatisfy { scalar in
                scalar == "\n" || scalar.value >= 0x20 && scalar.value != 0x202E
            }
            #expect(isPlain && outcome.complaint.filter { $0 == "\n" }.count == 1, "\(what): \(outcome.complaint)")
        }

        /// Arguments whose description does not fill the log.
        struct Bad: Sendable, CustomTestStringConvertible {
            let args: String
            let message: String
            var testDescription: String { "\(args.prefix(16)) of \(args.utf8.count) bytes" }

            init(_ part: String, _ count: Int = 1, _ end: String = "", _ message: String = "are not JSON") {
                args = String(repeating: part, count: count) + String(repeating: end, count: count)
                self.message = message
            }
        }

        @Test(arguments: [
            Bad("[", 10_000, "", "more than 512 levels"), Bad("[", 10_000, "]", "more than 512 levels"),
            Bad("{\"a\":", 10_000, "", "more than 512 levels"), Bad("[", 100_000, "", "a job may carry 65536"),
            Bad("\"a\u{1}b\""), Bad("{\"a\": 1}}"), Bad("NaN"), Bad("\u{feff}{}\u{0301}"), Bad("[]", 2),
        ])
        func `arguments that no job carries end with 2`(_ bad: Bad) async throws {
            let (args, message) = (bad.args, bad.message)
            try await withSandbox(schedule: Schedules.everyQueue(processes: 1)) { sandbox in
                for words in [
                    ["enqueue", "evaluation", "--args", args],
                    ["enqueue", "evaluation", "--chain", "evaluation:" + args],
                    ["failed", "edit", "a", "--args", args],
                ] {
                    let outcome = try await sandbox.run(words)
                    #expect(outcome.status == 2 && outcome.complaint.contains(message), "\(outcome)")
                    #expect(outcome.complaint.utf8.count < 1_000)
                }
            }
        }

        @Test func `stdin may hold anything and any amount`() async throws {
            try await withSandbox(schedule: Schedules.everyQueue(processes: 1)) { sandbox in
                let program = try await BuiltProgram.path()
                for (source, message) in [
                    ("head -c 100000000 /dev/zero | tr '\\0' '['", "a job may carry 65536"),
                    ("printf '\"a\\0b\"'", "are not JSON"), ("printf '\"\\377\"'", "are not JSON"),
                    ("printf ''", "are not JSON"), ("head -c 60000 /dev/zero | tr '\\0' '['", "more than 512 levels"),
                ] {
                    let script = source + " | \"$0\" enqueue evaluation --args -"
                    let outcome = try await sandbox.launch("/bin/sh", ["-c", script, program], environment: [:])
                        .end(within: .seconds(20))
                    #expect(outcome.status == 2 && outcome.complaint.contains(message), "\(source): \(outcome)")
                }
            }
        }

        @Test func `times and numbers out of any range end with 2`() async throws {
            try await withRedis(schedule: Schedules.everyQueue(processes: 1)) { sandbox, server in
                for words in [
                    ["--at", "10000-01-01T00:00:00Z"], ["--at", "999999999-01-01T00:00:00Z"],
                    ["--at", "99999999999999999999-01-01T00:00:00Z"], ["--at", "-0001-01-01T00:00:00Z"],
                    ["--at", "2026-13-45T99:99:99Z"], ["--in", "99999999999999999999d"], ["--in=-1s"],
                    ["--priority", "99999999999999999999"], ["--count", "1001"], ["--count=-1"],
                    ["--fresh-for", "0s"], ["--unique-for", "1m"], ["--unique", "a", "--unique-for=-1m"],
                    ["--coalesce"], ["--cap-limit", "2"], ["--cap", "a", "--cap-limit", "0"], ["--version", "0"],
                    ["--version", "two"], ["--unique", "a", "--count", "2"],
                    ["--in", "1m", "--at", "2030-01-01T00:00:00Z"],
                    Array(repeating: ["--chain", "evaluation"], count: 101).flatMap(\.self),
                ] {
                    let outcome = try await sandbox.run(["enqueue", "evaluation"] + words)
                    #expect(outcome.status == 2 && outcome.output.isEmpty, "\(words): \(outcome)")
                }
                let redis = server.client()
                #expect(try await redis.send(["DBSIZE"]).int() == 0)
                await redis.close()
            }
        }
    }
}
