public import ScheduleConfiguration

/// Whether a schedule file is valid: `schedule check`.
public struct ScheduleCheckDocument: Encodable, Sendable {
    let valid: Bool
    let problems, warnings: [Problem]

    /// A file is valid unless it has problems.
    public init(problems: [ScheduleFileProblem], warnings: [ScheduleFileProblem]) {
        valid = problems.isEmpty
        self.problems = problems.map { Problem($0) }
        self.warnings = warnings.map { Problem($0) }
    }

    struct Problem: Encodable, Sendable {
        let line, column: Int
        let message: String

        init(_ problem: ScheduleFileProblem) {
            line = problem.line
            column = problem.column
            message = problem.message
        }
    }
}
