import Redis

/// The changes that operators made, as scripts wrote them beside the changes: the last 1000 of each queue, limit,
/// circuit and of the schedule, and of each subject that is kept outside of Redis.
public struct OperatorLog: Sendable {
    let runner: ScriptRunner

    /// Reads through a broker's connection.
    public init(broker: Broker) { runner = broker.runner }

    private static let pageCount = 1_000
    private static let mostPages = 10_000

    /// The newest entries, newest first; entries that cannot be read are left out.
    /// - Parameters:
    ///   - limit: at most so many, from 1.
    ///   - since: unix milliseconds; nil for all.
    public func entries(limit: Int, since: Int64? = nil) async throws(JobQueueError) -> [OperatorLogEntry] {
        Array(try await all(newest: limit).filter { $0.at >= since ?? .min }.prefix(limit))
    }

    /// The entries of one operation, newest first: an operation on many jobs has several.
    /// - Parameter id: its id, or a beginning of it; `op-` may be left out.
    /// - Returns: the entries by operation; more than one operation when the beginning fits several.
    public func find(_ id: String) async throws(JobQueueError) -> [String: [OperatorLogEntry]] {
        let name = Self.name(id)
        let entries = try await all(newest: Self.entryLimit)
        let exact = entries.filter { $0.id == name || $0.id.hasPrefix(name + ".") }
        let found = exact.isEmpty ? entries.filter { $0.id.hasPrefix(name) } : exact
        return Dictionary(grouping: found) { String($0.id.prefix { $0 != "." }) }
    }

    /// The id of an operation as the log has it, of one that was typed without its beginning, or of one of its entries.
    public static func name(_ id: String) -> String {
        let operation = String(id.prefix { $0 != "." })
        return operation.hasPrefix(OperationID.beginning) ? operation : OperationID.beginning + operation
    }

    /// The newest entries of each subject, newest first.
    private func all(newest limit: Int) async throws(JobQueueError) -> [OperatorLogEntry] {
        var found: [OperatorLogEntry] = []
        for key in try await keys() {
            let reply = try await runner.send(["LRANGE", .text(key), 0, .integer(limit - 1)])
            let texts = try runner.decode { () throws(RedisError) in try reply.strings(of: "LRANGE") }
            let subject = String(key.drop { $0 != "{" }.dropFirst().prefix { $0 != "}" })
            found += texts.compactMap { text in
                var entry = CompactJSON.value(of: OperatorLogEntry.self, in: text)
                entry?.subject = subject
                return entry
            }.withUndoers()
        }
        // The sort keeps the order of those of one moment and subject.
        return found.sorted { $0.at > $1.at }
    }

    /// Adds an entry for a change that no script makes, because it was made in the ledger. Call it after the change: a
    /// crash in between leaves the change without its entry.
    /// - Parameters:
    ///   - subject: of what the last 1000 entries are kept, such as `bots`.
    ///   - before: JSON text of what was there; `null` for nothing.
    ///   - after: JSON text of what is there now.
    public func add(
        _ note: OperatorNote, about subject: String, before: String, after: String
    ) async throws(JobQueueError) {
        let now = try await runner.clock.now()
        var random = SystemRandomNumberGenerator()
        let entry = OperatorLogEntry(
            id: OperationID.make(at: now, using: &random), at: now, who: note.who, action: note.action,
            target: note.target, why: note.why, before: before, after: after)
        // Texts and a number are always JSON.
        guard let text = try? CompactJSON.text(entry) else { return }
        let key = runner.keyspace.operations(subject)
        let replies = try await runner.pipeline([
            ["LPUSH", .text(key), .text(text)], ["LTRIM", .text(key), 0, .integer(Self.entryLimit - 1)],
        ])
        for reply in replies { _ = try runner.decode { () throws(RedisError) in try reply.checked() } }
    }

    private static let entryLimit = 1_000

    private func keys() async throws(JobQueueError) -> [String] {
        var (keys, cursor): (Set<String>, String) = ([], "0")
        // In pages: SCAN walks all keys of the database.
        for _ in 0..<Self.mostPages {
            let reply = try await runner.send([
                "SCAN", .text(cursor), "MATCH", .text(runner.keyspace.operationsPattern), "COUNT",
                .integer(Self.pageCount),
            ])
            let page = try runner.decode { () throws(RedisError) in
                let parts = try reply.array(of: "SCAN", count: 2)
                return (cursor: try parts[0].string(of: "SCAN"), keys: try parts[1].strings(of: "SCAN"))
            }
            keys.formUnion(page.keys)
            cursor = page.cursor
            if cursor == "0" { break }
        }
        return keys.sorted()
    }
}

extension Broker {
    /// The same broker for a change that an operator makes: the script that changes something writes the note into the
    /// operator log in the same step. What changes nothing writes nothing.
    /// - Parameter other: a broker whose operation this change is a part of; nil for an operation of its own.
    public func noting(_ note: OperatorNote, continuing other: Broker? = nil) -> Broker {
        var broker = self
        broker.runner.operation = NotedOperation(note, other?.runner.operation?.numbers ?? EntryNumbers())
        return broker
    }

    /// The id of the operation in the operator log; nil before a script was run, and for programs. Nothing stands in
    /// the log under it when nothing was changed.
    public var operationID: String? { runner.operation?.numbers.id }
}
