import Foundation
import JobQueue
import TestSupport
import Testing

@testable import Dashboard

@Suite(.serialized) struct MetricsTests {
    @Test func `the metrics are what Prometheus reads, and name what they count`() async throws {
        try await ServedDashboard.serving { served in
            let queue = try QueueName("evaluation")
            _ = try await served.broker.enqueue([NewJob(kind: try JobKind("evaluation"), queue: queue)])
            var attempts = AttemptTotals()
            for nanoseconds in [1_000_000, 20_000_000, 20_000_000, 60_000_000_000] as [Int64] {
                attempts.count("evaluation", "succeeded")
                attempts.count("evaluation", nanoseconds: nanoseconds)
            }
            attempts.count("evaluation", "failed")
            for _ in 0..<2 { try await AttemptStore(broker: served.broker).add(attempts) }
            _ = try await served.get("/health")
            let text = try await served.get("/metrics").body
            #expect(text.contains("flotilla_queue_jobs{queue=\"evaluation\",state=\"ready\"} 1\n"))
            #expect(text.contains("flotilla_jobs_enqueued_total{queue=\"evaluation\"} 1\n"))
            #expect(text.contains("flotilla_attempts_total{kind=\"evaluation\",outcome=\"succeeded\"} 8\n"))
            #expect(text.contains("flotilla_attempts_total{kind=\"evaluation\",outcome=\"failed\"} 2\n"))
            let family = "flotilla_attempt_duration_seconds"
            for (bound, count) in [("0.01", 2), ("0.05", 6), ("30.0", 6), ("+Inf", 8)] {
                #expect(text.contains("\(family)_bucket{kind=\"evaluation\",le=\"\(bound)\"} \(count)\n"))
            }
            #expect(text.contains("\(family)_sum{kind=\"evaluation\"} 120.082\n"))
            #expect(text.contains("\(family)_count{kind=\"evaluation\"} 8\n"))
            #expect(text.contains("flotilla_limit_tokens{limit=\"coinbase\"} 10\n"))
            #expect(text.contains("flotilla_schedule_lag_seconds 1.5\n"))
            #expect(text.contains("flotilla_scheduler_has_leader 0\n"))
            #expect(text.contains("flotilla_bots{status=\"running\"} 1\n"))
            #expect(text.contains("flotilla_quotes_missing 1\n"))
            let count = "flotilla_http_requests_total{route=\"/health\",method=\"GET\",status=\"2xx\"} 1\n"
            #expect(text.contains(count))
            let complaints = try Self.promtool(text)
            #expect(complaints.isEmpty, "\(complaints)")
        }
    }

    @Test func `what a client asks for does not become a label`() async throws {
        try await ServedDashboard.serving { served in
            for number in 0..<50 { _ = try await served.get("/api/v1/bots/\(number)") }
            _ = try await served.get("/no/such/path/ever")
            let text = try await served.get("/metrics").body
            let routes = text.split(separator: "\n").filter { $0.hasPrefix("flotilla_http_requests_total") }
            #expect(!text.contains("ever"))
            #expect(routes.count < 10, "\(routes)")
        }
    }

    @Test func `a label with quotes and line breaks is escaped`() {
        var text = MetricsText()
        text.family("x", .gauge, "y")
        text.sample([("queue", "a\"b\\c\nd")], 1.5)
        text.sample([], .nan)
        #expect(text.text == "# HELP x y\n# TYPE x gauge\nx{queue=\"a\\\"b\\\\c\\nd\"} 1.5\n")
    }

    /// What `promtool check metrics` says; `ops/test` installs it.
    private static func promtool(_ text: String) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["promtool", "check", "metrics"]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output
        try process.run()
        input.fileHandleForWriting.write(Data(text.utf8))
        try input.fileHandleForWriting.close()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return process.terminationStatus == 0 ? said : "status \(process.terminationStatus): \(said)"
    }
}
