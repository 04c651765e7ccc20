import Foundation
import ProgramSupport
import Redis
import TestSupport
import Testing

@testable import flotilla

/// Remedies speak of what was used.
struct OptionWordsTests {
    @Test(arguments: [
        (["flotilla", "status"], "Set REDIS_URL or DATABASE_URL."),
        (["flotilla", "status", "--redis", "x"], "Set --redis or DATABASE_URL."),
        (["flotilla", "status", "--redis=x", "--database", "y"], "Set --redis or --database."),
    ])
    func `a variable is called by the option that was given instead`(_ arguments: [String], _ text: String) {
        #expect(OptionWords.spoken("Set REDIS_URL or DATABASE_URL.", arguments) == text)
    }
}

extension EndToEnd {
    /// What cannot work says what would.
    @Suite(.serialized) struct RemedyTests {
        @Test(.timeLimit(.minutes(2))) func `each fault of an address has a remedy of its own`() async throws {
            try await withRedis { sandbox, server in
                let place = "127.0.0.1:\(server.port)"
                for (url, remedy) in [
                    ("rediss://\(place)/0", "Perhaps it wants redis:// without TLS"),
                    ("redis://\(place)/99", "Name a lower number of a database in --redis, or raise 'databases'"),
                    ("redis://:wrong@\(place)/0", "Set --redis to redis://:PASSWORD@\(place)/0."),
                    ("redis://127.0.0.1:1/0", "Start redis-server there, or set --redis."),
                    ("redis://nowhere.invalid:6379/0", "Correct the host in --redis."),
                ] {
                    let outcome = try await sandbox.run("status", "--redis", url)
                    #expect(outcome.status == 4 && outcome.complaint.contains(remedy), "\(url): \(outcome)")
                }
            }
        }

        @Test(.timeLimit(.minutes(1))) func `a socket that may not be opened is told as that`() async throws {
            // Root may open any; whoever runs this as somebody else is shut out by the mode.
            try await withRedis { sandbox, server in
                let socket = server.folder + "/redis.sock"
                try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: socket)
                let words = [try await BuiltProgram.path(), "status", "--redis", "unix://\(socket)?db=0"]
                let outcome: Outcome
                if geteuid() == 0 {
                    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: server.folder)
                    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: sandbox.folder)
                    outcome = try await sandbox.launch(
                        "setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups"] + words, environment: [:]
                    ).end(within: .seconds(20))
                } else {
                    outcome = try await sandbox.launch(words[0], Array(words.dropFirst()), environment: [:])
                        .end(within: .seconds(20))
                }
                #expect(outcome.status == 4, "\(outcome)")
                #expect(outcome.complaint.contains("Run this as the user that owns the socket file"), "\(outcome)")
            }
        }

        @Test func `a schedule file that is not there is told by what named it`() async throws {
            try await withSandbox { sandbox in
                for (words, environment, remedy) in [
                    (["schedule", "check"], [:], "Go to the folder of the fleet, or name its schedule file with"),
                    (["schedule", "check", "x.yaml"], [:], "x.yaml: there is no such file. Name a schedule file."),
                    (["schedule", "check", "--schedules", "x.yaml"], [:], "Set --schedules to a schedule file."),
                    (["schedule", "check"], ["FLOTILLA_SCHEDULES": "x.yaml"], "Set FLOTILLA_SCHEDULES to a schedule"),
                    (["schedule", "plan", "x.yaml", "--against", "y.yaml"], [:], "x.yaml: there is no such file."),
                ] as [([String], [String: String], String)] {
                    let outcome = try await sandbox.run(words, environment: environment)
                    #expect(outcome.status == 2 && outcome.complaint.contains(remedy), "\(words): \(outcome)")
                }
            }
        }

        @Test func `doctor calls no folder ok that is not there`() async throws {
            try await withRedis(schedule: SchedulePlanTests.calm) { sandbox, _ in
                let missing = try await sandbox.run("doctor", "--home", "nowhere")
                #expect(missing.output.contains("nowhere does not exist"), "\(missing)")
                #expect(!missing.output.contains("ok    disk          \(sandbox.path("nowhere"))"), "\(missing)")
                let empty = try await sandbox.run("doctor", "--audit")
                #expect(empty.output.contains("0 jobs in 0 queues: nothing to look at"), "\(empty)")
            }
        }
    }
}
