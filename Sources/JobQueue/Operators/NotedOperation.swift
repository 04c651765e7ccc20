import Synchronization

/// One operation of an operator, which may take several scripts: each that changes something writes an entry.
struct NotedOperation: Sendable {
    /// What is written of it.
    let note: OperatorNote
    let numbers: EntryNumbers

    init(_ note: OperatorNote, _ numbers: EntryNumbers) {
        self.note = note
        self.numbers = numbers
    }

    /// The begin of the next entry: the script completes it, or drops it when it changes nothing.
    /// - Parameter now: unix milliseconds.
    /// - Throws: what the encoder throws; never for texts and numbers.
    func entry(at now: Int64) throws -> String { try note.entry(numbers.next(at: now), at: now) }
}

/// The ids of an operation's entries: that of the operation, then the same with `.2`, `.3` and so on.
///
/// Guards the id, which is made at the first entry, and the number of entries.
final class EntryNumbers: Sendable {
    private let state = Mutex((id: String?.none, count: 0))

    var id: String? { state.withLock { $0.id } }

    func next(at now: Int64) -> String {
        state.withLock { state in
            var random = SystemRandomNumberGenerator()
            let id = state.id ?? OperationID.make(at: now, using: &random)
            state = (id, state.count + 1)
            return state.count == 1 ? id : "\(id).\(state.count)"
        }
    }
}
