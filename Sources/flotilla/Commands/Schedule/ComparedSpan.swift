import Documents
import JobQueue

/// Which stretch of a running fleet's past a simulation can be compared with: as long as it goes by one version.
struct ComparedSpan {
    /// Unix milliseconds.
    let from, to: Int64
    let version: ScheduleVersion
    /// Whether more was asked for.
    let isCut: Bool
    /// Whether the fleet goes by what is simulated.
    let isOfVersion: Bool

    /// Less says nothing about any entry, in milliseconds.
    private static let least: Int64 = 1_000

    /// - Parameters:
    ///   - text: of the file that is simulated.
    ///   - start: what was asked for.
    /// - Throws: `CommandFailure` when there is nothing to compare with.
    init(_ text: String, from start: Int64, to end: Int64, _ broker: Broker) async throws {
        guard let active = try await broker.schedules.schedule() else {
            throw CommandFailure(
                .notFound,
                "No schedule was ever activated here, so there is nothing to compare with. Start the "
                    + "fleet with 'flotilla up'.")
        }
        from = max(start, active.storedMilliseconds)
        to = end
        version = active
        isCut = from > start
        isOfVersion = active.text == text
        guard to - from >= Self.least else {
            throw CommandFailure(
                .failed,
                "The fleet goes by version \(active.number) since \(Timestamp.text(active.storedMilliseconds)) only: "
                    + "too little to compare. Try again when it has run for longer.")
        }
    }

    /// What people have to know of it.
    var lines: [String] {
        var lines: [String] = []
        if isCut {
            lines.append(
                "(compared \(Shown.age(milliseconds: to - from)), from \(Timestamp.text(from)): before that the fleet "
                    + "went by no version, or by another)")
        }
        if !isOfVersion { lines.append("(the fleet goes by version \(version.number), which has another text)") }
        return lines
    }
}
