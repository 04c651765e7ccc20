import Foundation
import ProgramSupport
import TestSupport
import Testing

extension EndToEnd {
    /// Which settings stop a command, which are ignored, and which are shown.
    @Suite(.serialized) struct SettingsTests {
        private static let parts = [["up"], ["worker", "--queues", "test"], ["scheduler"]]

        @Test(arguments: [
            ("WEBSOCKET_ENABLED", "true", "WEBSOCKET_ENABLED is true, and this version has no socket"),
            ("FLOTILLA_TEST_NOW", "2025-10-04T12:00:00Z", "FLOTILLA_TEST_NOW is set, and only tests may stop"),
        ])
        func `what no process would obey stops the fleet and its parts, and no other command`(
            _ name: String, _ value: String, _ sentence: String
        ) async throws {
            try await withSandbox(schedule: Schedules.everyQueue(processes: 1), environment: [name: value]) { sandbox in
                for words in Self.parts {
                    let outcome = try await sandbox.run(words)
                    #expect(outcome.status == 2 && outcome.complaint.hasPrefix(sentence), "\(words): \(outcome)")
                    #expect(outcome.output.isEmpty, "\(outcome)")
                }
                #expect(try await sandbox.run("schedule", "check").status == 0)
                #expect(try await sandbox.run("config", "show").status == 0)
            }
        }

        @Test(arguments: ["TRADING_ENABLED", "CACHE_ENABLED", "WEBSOCKET_ENABLED", "FLOTILLA_TEST_JOBS"])
        func `a flag that is set to nothing is not set, and one that is no truth value is refused`(
            _ name: String
        ) async throws {
            try await withSandbox { sandbox in
                let empty = try await sandbox.run(["config", "show", "--json"], environment: [name: ""])
                #expect(try JSON(empty.output).named(name)["source"].text == "default", "\(empty)")
                let defaults = try await sandbox.json("config", "show")
                #expect(try JSON(empty.output).named(name) == defaults.named(name))
                let wrong = try await sandbox.run(["status"], environment: [name: "perhaps"])
                #expect(wrong.status == 2)
                #expect(wrong.complaint.hasPrefix("\(name) is 'perhaps'. Set it to true or false."))
            }
        }

        @Test func `every setting is shown with its source, and no secret with its value`() async throws {
            try await withSandbox { sandbox in
                try sandbox.write("hunter2\n", to: "key")
                try sandbox.write(" \n", to: "blank")
                let environment = [
                    "COINBASE_API_KEY": "hunter2", "COINBASE_API_SECRET_FILE": sandbox.path("key"),
                    "COINBASE_API_PASSPHRASE_FILE": sandbox.path("none"),
                    "FLOTILLA_API_TOKEN_FILE": sandbox.path("blank"),
                    "COINBASE_BASE_URL": "https://me:hunter2@sandbox.example/x", "TRADING_ENABLED": "no",
                ]
                let outcome = try await sandbox.run(["config", "show", "--json"], environment: environment)
                let rows = try JSON(outcome.output)
                for name in Self.shown { #expect(rows.named(name) != .null, "\(name): \(rows)") }
                func row(_ name: String) -> [String] { ["value", "source"].map { rows.named(name)[$0].text } }
                #expect(row("COINBASE_API_KEY") == ["***", "environment"])
                #expect(row("COINBASE_API_SECRET") == ["***", "file"])
                #expect(row("COINBASE_API_SECRET_FILE") == [sandbox.path("key"), "environment"])
                #expect(row("COINBASE_API_PASSPHRASE") == ["", "file, which cannot be read"])
                #expect(row("FLOTILLA_API_TOKEN") == ["", "file, empty"])
                #expect(row("COINBASE_BASE_URL") == ["https://me:***@sandbox.example/x", "environment"])
                #expect(row("TRADING_ENABLED") == ["no", "environment"] && row("CACHE_ENABLED") == ["true", "default"])
                let table = try await sandbox.run(["config", "show"], environment: environment)
                #expect(table.status == 0 && !(outcome.output + table.output).contains("hunter2"), "\(table)")
                let both = ["FLOTILLA_API_TOKEN": "a", "FLOTILLA_API_TOKEN_FILE": "b"]
                let refused = try await sandbox.run(["config", "show"], environment: both)
                #expect(refused.status == 2 && refused.complaint.contains("are both set. Keep one of them."))
            }
        }

        @Test func `an address with a password comes from a file, and is shown nowhere`() async throws {
            try await withSandbox { sandbox in
                try sandbox.write("redis://:hunter2@127.0.0.1:1/0\n", to: "address")
                try sandbox.write("one\ntwo\n", to: "lines")
                let names = ["REDIS_URL", "CELERY_BROKER_URL", "CELERY_RESULT_BACKEND"]
                let environment = Dictionary(
                    uniqueKeysWithValues: names.map { ($0 + "_FILE", sandbox.path("address")) })
                let shown = try await sandbox.run(["config", "show", "--json"], environment: environment)
                let rows = try JSON(shown.output)
                for name in names {
                    #expect(rows.named(name)["value"].text == "redis://:***@127.0.0.1:1/0", "\(rows.named(name))")
                    #expect(rows.named(name)["source"].text == "file")
                }
                let status = try await sandbox.run(["status"], environment: environment)
                #expect(status.status == 4 && status.complaint.contains("127.0.0.1:1"), "\(status)")
                #expect(!(shown.output + status.output + status.complaint).contains("hunter2"))
                for name in names {
                    let both = [name: "redis://a", name + "_FILE": sandbox.path("address")]
                    for (wrong, words) in [
                        (both, "are both set"), ([name + "_FILE": sandbox.path("none")], "cannot be read"),
                        ([name + "_FILE": sandbox.path("lines")], "holds no address"),
                    ] {
                        let refused = try await sandbox.run(["config", "show"], environment: wrong)
                        #expect(refused.status == 2 && refused.complaint.contains(words), "\(wrong): \(refused)")
                    }
                }
            }
        }

        private static let shown = [
            "REDIS_URL", "CELERY_BROKER_URL", "CELERY_RESULT_BACKEND", "DATABASE_URL", "COINBASE_API_KEY",
            "COINBASE_API_KEY_FILE", "COINBASE_API_SECRET",
            "COINBASE_API_PASSPHRASE", "COINBASE_BASE_URL", "COINBASE_WS_URL", "COINBASE_PORTFOLIO_ID", "EXCHANGE",
            "TRADING_ENABLED", "CACHE_ENABLED", "WEBSOCKET_ENABLED", "FLOTILLA_HOME", "FLOTILLA_NAMESPACE",
            "FLOTILLA_SCHEDULES",
            "FLOTILLA_API_TOKEN", "FLOTILLA_API_TOKEN_FILE", "FLOTILLA_TEST_JOBS", "LOG_LEVEL", "LOG_FORMAT",
            "NO_COLOR",
        ]

        @Test(arguments: [
            ("FLOTILLA_PORT", "tcp://10.0.0.1:8000"), ("FLOTILLA_PORT", "udp://[fd00::1]:53"),
            ("FLOTILLA_SERVICE_HOST", "10.0.0.1"), ("FLOTILLA_SERVICE_PORT", "8000"),
            ("FLOTILLA_SERVICE_PORT_HTTP", "8000"), ("FLOTILLA_PORT_8000_TCP", "tcp://10.0.0.1:8000"),
            ("FLOTILLA_PORT_8000_TCP_PROTO", "tcp"), ("FLOTILLA_PORT_8000_TCP_PORT", "8000"),
            ("FLOTILLA_PORT_8000_TCP_ADDR", "fd00::1"), ("FLOTILLA_REDIS_SERVICE_HOST", "10.0.0.2"),
            ("FLOTILLA_API_PORT_8000_TCP_ADDR", "10.0.0.3"), ("FLOTILLA_HOME_PORT", "sctp://10.0.0.4:9"),
            ("FLOTILLA_API_TOKEN_SERVICE_PORT_WEB_UI", "443"),
        ])
        func `what Kubernetes sets for a service is ignored`(_ name: String, _ value: String) async throws {
            try await withSandbox { sandbox in
                let outcome = try await sandbox.run(["config", "show"], environment: [name: value])
                #expect(outcome.status == 0, "\(outcome)")
            }
        }

        @Test(arguments: [
            ("FLOTILLA_PORT", "8000", "No setting is called FLOTILLA_PORT."),
            ("FLOTILLA_PORT", "http://10.0.0.1:8000", "No setting is called FLOTILLA_PORT."),
            ("FLOTILLA_PORT", "tcp://api:8000", "No setting is called FLOTILLA_PORT."),
            ("FLOTILLA_SERVICE_HOST", "api.example", "No setting is called FLOTILLA_SERVICE_HOST."),
            ("FLOTILLA_SERVICE_PORT", "0", "No setting is called FLOTILLA_SERVICE_PORT."),
            ("FLOTILLA_PORTS", "tcp://10.0.0.1:8000", "No setting is called FLOTILLA_PORTS."),
            ("FLOTILLA_HOST", "10.0.0.1", "No setting is called FLOTILLA_HOST."),
            ("FLOTILLA_HOME", "tcp://10.0.0.1:8000", "FLOTILLA_HOME holds the address of a service"),
        ])
        func `what only looks like it is refused`(_ name: String, _ value: String, _ sentence: String) async throws {
            try await withSandbox { sandbox in
                let outcome = try await sandbox.run(["config", "show"], environment: [name: value])
                #expect(outcome.status == 2 && outcome.complaint.hasPrefix(sentence), "\(outcome)")
            }
        }
    }
}
