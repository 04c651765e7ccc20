import Redis

/// One entry of the operator log.
public struct OperatorLogEntry: Sendable, Equatable, Codable {
    /// Unix milliseconds by the clock of Redis.
    public let at: Int64
    /// `user@host`, or the name of an API token.
    public let who: String
    /// What was done, such as `queue.pause`, and to what.
    public let action, target: String
    /// The operator's own words; empty when none were given.
    public let why: String
    /// JSON text of what the script saw before the change and after it: a number, a text, a list, or `null`.
    public let before, after: String
}

/// The changes that operators made, as scripts wrote them beside the changes: the last 1000 of each queue, limit,
/// circuit and of the schedule, and of each subject that is kept outside of Redis.
public struct OperatorLog: Sendable {
    private let runner: ScriptRunner

    /// Reads through a broker's connection.
    public init(broker: Broker) { runner = broker.runner }

    private static let pageCount = 1_000
    private static let mostPages = 10_000

    /// The newest entries, newest first; entries that cannot be read are left out.
    /// - Parameters:
    ///   - limit: at most so many, from 1.
    ///   - since: unix milliseconds; nil for all.
    public func entries(limit: Int, since: Int64? = nil) async throws(JobQueueError) -> [OperatorLogEntry] {
        var found: [OperatorLogEntry] = []
        for key in try await keys() {
            let reply = try await runner.send(["LRANGE", .text(key), 0, .integer(limit - 1)])
            let texts = try runner.decode { () throws(RedisError) in try reply.strings(of: "LRANGE") }
            found += texts.compactMap { CompactJSON.value(of: OperatorLogEntry.self, in: $0) }
        }
        return Array(found.filter { $0.at >= since ?? .min }.sorted { $0.at > $1.at }.prefix(limit))
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
        let entry = OperatorLogEntry(
            at: try await runner.clock.now(), who: note.who, action: note.action, target: note.target, why: note.why,
            before: before, after: after)
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
    public func noting(_ note: OperatorNote) -> Broker {
        var broker = self
        broker.runner.note = note
        return broker
    }
}
