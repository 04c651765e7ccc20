import ArgumentParser
import Foundation

struct Bench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures this machine: on a redis-server of its own that saves nothing.",
        discussion: "ops/bench/run measures everything in one go, beside other queues, and says which goals hold.",
        subcommands: [
            Drain.self, Producer.self, Latency.self, Start.self, Memory.self, Growth.self, Evaluation.self,
            Timetable.self, Reads.self,
        ])

    /// - Throws: `ValidationError` for a number that cannot be measured with.
    static func check(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws {
        guard range.contains(value) else {
            throw ValidationError("--\(name) takes \(range.lowerBound) to \(range.upperBound).")
        }
    }
}

/// Runs a body once.
/// - Returns: `count` divided by the seconds it took.
func rate(of count: Int, _ body: () async throws -> Void) async rethrows -> Double {
    let start = ContinuousClock.now
    try await body()
    return Double(count) / max(start.duration(to: .now).seconds, 0.000_001)
}

extension Duration {
    /// With fractions.
    var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
