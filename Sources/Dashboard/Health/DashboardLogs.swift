/// The fleet's own log lines, under the names of the files in which the old backend kept its own.
public struct DashboardLogs: Sendable {
    /// Whose lines each name stands for is up to `lines`.
    static let files = ["backend.log", "celery-worker.log", "celery-beat.log", "frontend.log"]

    /// The lines of a log, oldest first; none for a log that nobody writes.
    let lines: @Sendable (_ file: String) async -> [String]

    /// - Parameter lines: is asked for one of `backend.log`, `celery-worker.log`, `celery-beat.log`, `frontend.log`.
    ///   Holds a limited number of lines; those that are shown are the last ones.
    public init(lines: @escaping @Sendable (_ file: String) async -> [String]) { self.lines = lines }

    /// All logs are empty.
    public static let none = DashboardLogs { _ in [] }
}
