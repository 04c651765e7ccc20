public import ScheduleConfiguration

/// A schedule file made of a Celery beat schedule: `schedule import-celery`.
public struct BeatImportDocument: Encodable, Sendable {
    let text: String
    let imported: [String]
    let left: [LeftOut]

    /// Takes the file and what was and was not imported.
    public init(_ found: BeatImport) {
        text = found.text
        imported = found.imported
        left = found.left.map { LeftOut(name: $0.name, reason: $0.reason) }
    }

    struct LeftOut: Encodable, Sendable { let name, reason: String }
}
