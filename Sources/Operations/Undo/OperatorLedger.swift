public import JobQueue

/// The operator log of the ledger, for changes that are made there: reads it, and takes changes back, each in one
/// transaction. Made by the program, since `Operations` knows no ledger.
public struct OperatorLedger: Sendable {
    /// The newest entries, newest first, at most so many; nil where there is no database.
    public let entries: @Sendable (Int) async throws(UndoError) -> [OperatorLogEntry]?
    /// Takes the change of an entry back: who, and what that is called.
    /// - Returns: the entry that says so.
    public let undo:
        @Sendable (_ entry: OperatorLogEntry, _ who: String, _ action: String) async throws(UndoError)
            -> OperatorLogEntry
    /// Whether the change of an entry can be taken back.
    public let undoability: @Sendable (OperatorLogEntry) -> Undoability

    /// Takes all three.
    public init(
        entries: @escaping @Sendable (Int) async throws(UndoError) -> [OperatorLogEntry]?,
        undo: @escaping @Sendable (OperatorLogEntry, String, String) async throws(UndoError) -> OperatorLogEntry,
        undoability: @escaping @Sendable (OperatorLogEntry) -> Undoability
    ) {
        self.entries = entries
        self.undo = undo
        self.undoability = undoability
    }
}
