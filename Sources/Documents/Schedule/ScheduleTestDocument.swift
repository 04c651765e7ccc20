public import ScheduleConfiguration
public import Scheduler

/// The schedule beside the times that were expected of it: `schedule test`.
public struct ScheduleTestDocument: Encodable, Sendable {
    let passed: Bool
    let tests: [Expectation]

    /// Passed when no test has a difference.
    public init(_ results: [(test: ScheduleExpectation, difference: ScheduleExpectation.Difference)]) {
        tests = results.map { Expectation($0.test, $0.difference) }
        passed = tests.allSatisfy(\.passed)
    }

    struct Expectation: Encodable, Sendable {
        let subject: String
        /// Of the file of tests.
        let line: Int
        let passed: Bool
        let missing, surplus: [DocumentTime]

        init(_ test: ScheduleExpectation, _ difference: ScheduleExpectation.Difference) {
            subject = test.subject
            line = test.line
            passed = difference.isEmpty
            missing = difference.missing.map { DocumentTime($0) }
            surplus = difference.surplus.map { DocumentTime($0) }
        }
    }
}
