import Documents
import JobQueue

/// A job that a person names: by its id, or by a beginning that no other id has.
enum JobChoice {
    /// What is shorter is no beginning of an id: it would name a job by accident.
    private static let leastLength = 4
    private static let shown = 10
    /// Each of them is read to find a beginning.
    private static let searched = 20_000

    /// - Parameter state: only a job that ended so can be meant by a beginning.
    /// - Returns: nil when no job has that id or beginning.
    /// - Throws: `CommandFailure` with status `usage` when several have it, and `notFound` when there are too many jobs
    ///   to look a beginning up; `JobQueueError.badName` for what is no id.
    static func find(_ text: String, state: JobState? = nil, _ broker: Broker) async throws -> StoredJob? {
        let inspector = QueueInspector(broker: broker)
        let id = try JobID(text)
        if let job = try await inspector.job(id), job.envelope.stateCode != .deletedInReady { return job }
        guard text.utf8.count >= leastLength, !isWhole(text) else { return nil }
        let all = try await inspector.recordCount()
        guard all <= searched else {
            throw CommandFailure(
                .notFound,
                "No job has the id '\(Shown.line(text))', and beginnings are looked up only among up to \(searched) "
                    + "jobs, not among \(all). Give the whole id.")
        }
        let found = try await inspector.ids(beginningWith: text, limit: shown + 1, state: state)
        guard let first = found.first else { return nil }
        // Children carry the id of their parent before their own name.
        let isFamily = found.allSatisfy { $0 == first || $0.description.hasPrefix("\(first):") }
        guard found.count == 1 || isFamily else {
            let names = found.prefix(shown).map(\.description).joined(separator: ", ")
            throw CommandFailure(
                .usage,
                "'\(Shown.line(text))' is the beginning of several ids: \(names)\(found.count > shown ? ", …" : ""). "
                    + "Give more of the one you mean.")
        }
        return try await inspector.job(first)
    }

    /// Ids that were made here are 26 characters long; all of one means that job and no child of it.
    private static func isWhole(_ text: String) -> Bool {
        text.wholeMatch(of: /[0-9A-HJKMNP-TV-Z]{26}/) != nil
    }
}
