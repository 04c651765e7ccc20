import Fleet
import Foundation
import ProgramSupport
import TestSupport
import Testing

extension EndToEnd {
    /// Each measurement with numbers so small that its figures mean nothing: only that it ends, and what it prints.
    @Suite(.serialized) struct BenchTests {
        struct Measurement: Sendable, CustomTestStringConvertible {
            let words: [String]
            /// The first row's name and unit.
            let row: String, unit: String
            let count: Int
            var testDescription: String { words.joined(separator: " ") }
        }

        @Test(arguments: [
            Measurement(
                words: ["drain", "--jobs", "2000"], row: "ceiling of redis-server", unit: "jobs/s", count: 6),
            Measurement(words: ["enqueue", "--jobs", "50"], row: "one a call", unit: "jobs/s", count: 5),
            Measurement(words: ["latency", "--jobs", "20"], row: "round trip, p50", unit: "ms", count: 6),
            Measurement(words: ["start", "--starts", "1"], row: "start to first job done, best", unit: "ms", count: 3),
            Measurement(
                words: ["memory", "--jobs", "1000", "--workers", "2", "--seconds", "1"],
                row: "waiting job with a payload of 100 bytes", unit: "bytes", count: 7),
            Measurement(
                words: ["growth", "--waiting", "2000", "--leased", "120", "--seconds", "1", "--rounds", "1"],
                row: "drain with 1000 waiting", unit: "jobs/s", count: 9),
            Measurement(
                words: ["evaluation", "--rounds", "1"], row: "evaluation of 39 bots", unit: "ms of a core", count: 5),
        ])
        func `a measurement ends with one document of figures`(_ measurement: Measurement) async throws {
            try await withSandbox { sandbox in
                let outcome = try await sandbox.run(["bench"] + measurement.words + ["--json"], within: .seconds(120))
                #expect(outcome.status == 0, "\(outcome)")
                let rows = try JSON(outcome.output).array
                #expect(rows.count == measurement.count)
                let first = try #require(rows.first)
                #expect(first["name"].text == measurement.row)
                #expect(first["unit"].text == measurement.unit)
                #expect(rows.allSatisfy { if case .number(let value) = $0["value"] { value >= 0 } else { false } })
                guard case .number(let value) = first["value"] else { return }
                #expect(value > 0)
            }
        }

        @Test func `a number that cannot be measured with is refused`() async throws {
            try await withSandbox { sandbox in
                let outcome = try await sandbox.run("bench", "drain", "--jobs", "0")
                #expect(outcome.status == 2)
                #expect(outcome.complaint.contains("--jobs takes 100 to 10000000."))
            }
        }

        @Test func `nothing is left of a measurement that is interrupted`() async throws {
            try await withSandbox { sandbox in
                let bench = try sandbox.start(["bench", "memory", "--workers", "2", "--jobs", "100", "--seconds", "60"])
                try await eventually("its workers run", within: .seconds(30), every: .milliseconds(20)) {
                    sandbox.processes.count >= 4
                }
                bench.process.signal(SIGINT)
                _ = try await bench.end(within: .seconds(10))
                // Its workers wait ten seconds for the redis-server that is gone with it.
                try await sandbox.isLeft(within: .seconds(40))
            }
        }
    }
}
