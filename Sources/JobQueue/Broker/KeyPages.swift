import Redis

/// Reads a list, a sorted set or a hash in pages, so that a long key is never in memory as a whole.
///
/// Other clients may write meanwhile: an element that stays is returned at least once in a hash or sorted set; in a
/// list one may be missed or returned twice when others are taken from its head.
struct KeyPages {
    enum Form: Equatable {
        case list
        case sortedSet
        /// About how many fields a page has; a small hash is one page.
        case hash(count: Int)
    }

    private let runner: ScriptRunner
    private let key: String
    private let form: Form
    private var position = 0
    private var cursor: String? = "0"
    private static let count = 1_000

    init(_ runner: ScriptRunner, key: String, form: Form) {
        self.runner = runner
        self.key = key
        self.form = form
    }

    /// - Returns: elements with their score or value, `.null` in lists; nil after the last page. A page may be empty.
    mutating func next() async throws(JobQueueError) -> [(id: String, value: RedisValue)]? {
        switch form {
        case .list: try await range()
        case .sortedSet: try await scan("ZSCAN", count: Self.count)
        case .hash(let count): try await scan("HSCAN", count: count)
        }
    }

    private mutating func range() async throws(JobQueueError) -> [(id: String, value: RedisValue)]? {
        let last = position + Self.count - 1
        let reply = try await runner.send(["LRANGE", .text(key), .integer(position), .integer(last)])
        position += Self.count
        let ids = try runner.decode { () throws(RedisError) in try reply.strings(of: "LRANGE") }
        return ids.isEmpty ? nil : ids.map { ($0, .null) }
    }

    private mutating func scan(
        _ command: RedisWord, count: Int
    ) async throws(JobQueueError) -> [(id: String, value: RedisValue)]? {
        guard let from = cursor else { return nil }
        let reply = try await runner.send([command, .text(key), .text(from), "COUNT", .integer(count)])
        return try runner.decode { () throws(RedisError) in
            let parts = try reply.array(of: "SCAN", count: 2)
            let next = try parts[0].string(of: "SCAN")
            cursor = next == "0" ? nil : next
            return try parts[1].pairs(of: "SCAN").map { ($0.name, $0.value) }
        }
    }
}
