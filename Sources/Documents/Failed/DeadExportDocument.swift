public import JobQueue

/// How many dead jobs were written to a file: `failed export --out`.
public struct DeadExportDocument: Encodable, Sendable {
    let exported: Int
    let file: String

    /// - Parameter file: the path as it was given.
    public init(exported: Int, file: String) {
        self.exported = exported
        self.file = file
    }
}

/// How many dead jobs were exported and removed: `failed trim`.
public struct DeadTrimDocument: Encodable, Sendable {
    let beyond, exported, discarded, unreadable: Int

    /// - Parameter beyond: how many were too old or too many before.
    public init(beyond: Int, _ report: TrimReport) {
        self.beyond = beyond
        exported = report.exported
        discarded = report.discarded
        unreadable = report.kept
    }
}
