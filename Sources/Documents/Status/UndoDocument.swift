/// What an undo has done, or would do: `operations undo`.
public struct UndoDocument: Encodable, Sendable {
    let operation: String
    /// Null for a dry run.
    @OrNull var undoneBy: String?
    let entries, restored: Int
    let changes: [String]

    /// - Parameters:
    ///   - undoneBy: the operation that undid it; nil for a dry run.
    ///   - changes: what goes back, in sentences.
    public init(operation: String, undoneBy: String?, entries: Int, restored: Int, changes: [String]) {
        self.operation = operation
        self.undoneBy = undoneBy
        self.entries = entries
        self.restored = restored
        self.changes = changes
    }

    enum CodingKeys: String, CodingKey {
        case operation
        case undoneBy = "undone_by"
        case entries, restored, changes
    }
}
