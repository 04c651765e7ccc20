/// A schedule file made of a Celery beat schedule: `schedule import-celery`.
public struct BeatImportDocument: Encodable, Sendable {
    let text: String
    let imported: [String]
    let left: [LeftOut]

    /// - Parameters:
    ///   - text: the whole file.
    ///   - imported: the entries that came over, by the names they have in it.
    ///   - left: those that did not, by the names they had, each with the reason.
    public init(text: String, imported: [String], left: [(name: String, reason: String)]) {
        self.text = text
        self.imported = imported
        self.left = left.map { LeftOut(name: $0.name, reason: $0.reason) }
    }

    struct LeftOut: Encodable, Sendable { let name, reason: String }
}
