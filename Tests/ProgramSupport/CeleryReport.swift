import Foundation

/// What a driver of `ops/celery` printed.
package struct CeleryReport: Sendable, CustomStringConvertible {
    /// Names of the checks that held.
    package let passed: [String]
    /// The lines of those that did not.
    package let failed: [String]
    /// Whether the driver came to its end, and its last line and its status agree with the lines.
    package let isComplete: Bool
    private let outcome: Outcome

    /// Reads lines `ok NAME (… s)` and `FAILED NAME: why`, and the last one, `N passed, N failed`.
    package init(_ outcome: Outcome) {
        self.outcome = outcome
        let lines = outcome.output.split(separator: "\n").map(String.init)
        passed = lines.filter { $0.hasPrefix("ok ") }.map { line in
            // Behind the name stands how long it took.
            let words = line.split(separator: " ").dropFirst()
            return words.last == "s)" ? words.dropLast(2).joined(separator: " ") : words.joined(separator: " ")
        }
        failed = lines.filter { $0.hasPrefix("FAILED ") }
        isComplete = lines.last == "\(passed.count) passed, \(failed.count) failed"
            && outcome.status == (failed.isEmpty ? 0 : 1)
    }

    /// Whether the driver ended, at least so many checks held, and none failed.
    package func isClean(atLeast checks: Int) -> Bool { isComplete && failed.isEmpty && passed.count >= checks }

    package var description: String {
        failed.isEmpty && isComplete ? "\(passed.count) passed" : "\(failed)\n\(outcome)"
    }
}
