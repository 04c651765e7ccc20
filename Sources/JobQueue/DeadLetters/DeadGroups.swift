import Redis

/// Dead jobs of one kind that failed alike.
public struct DeadGroup: Sendable, Equatable {
    /// As in `JobFailure`; empty for jobs without an error.
    public let fingerprint: String
    /// The kind of its jobs.
    public let kind: String
    /// Of the one that died last.
    public internal(set) var message = ""
    /// The id of that one.
    public internal(set) var sampleID = ""
    /// How many; an estimate when not all were looked at.
    public internal(set) var count = 0
    /// When the first and the last of those that were looked at died, unix milliseconds.
    public internal(set) var firstMilliseconds = Int64.max
    public internal(set) var lastMilliseconds = Int64.min
}

/// The dead jobs of several queues by what went wrong.
public struct DeadGroups: Sendable, Equatable {
    /// The largest first.
    public internal(set) var groups: [DeadGroup] = []
    /// How many dead jobs were looked at.
    public internal(set) var looked = 0
    /// How many there are.
    public internal(set) var total = 0

    /// Whether not all were looked at: then counts are shares of a sample, and a small group may be missing.
    public var isEstimate: Bool { looked < total }
}

extension DeadLetterStore {
    /// Dead jobs that `groups` looks at, over all queues: as many as are read well within a tenth of a second.
    public static let groupedLimit = 5_000
    private static let samplePage = 500

    /// Groups the dead jobs of queues by fingerprint and kind.
    ///
    /// Of more than `limit` it reads evenly spaced pages of the order in which they died, the oldest and the newest
    /// among them, and scales the counts up.
    public func groups(
        in queues: [QueueName], limit: Int = DeadLetterStore.groupedLimit
    ) async throws(JobQueueError) -> DeadGroups {
        let sizes = try await runner.pipeline(queues.map { ["ZCARD", .text(runner.keyspace.of($0).dead)] })
        let counts = try runner.decode { () throws(RedisError) in
            var counts: [Int] = []
            for size in sizes { counts.append(try size.int(of: "ZCARD")) }
            return counts
        }
        var found: [String: DeadGroup] = [:]
        var all = DeadGroups()
        all.total = counts.reduce(0, +)
        let share = max(Self.samplePage, limit / max(1, counts.count { $0 > 0 }))
        for (queue, count) in zip(queues, counts) where count > 0 {
            let records = try await sample(of: queue, count: count, most: share)
            all.looked += records.count
            let scale = records.isEmpty ? 1 : Double(count) / Double(records.count)
            var own: [String: Tally] = [:]
            for (id, record) in records { Self.add(id, record, to: &own) }
            for (name, tally) in own { Self.merge(tally.told, times: max(1, scale), into: &found, name) }
        }
        all.groups = found.values.sorted {
            ($1.count, $0.lastMilliseconds, $0.fingerprint) < ($0.count, $1.lastMilliseconds, $1.fingerprint)
        }
        return all
    }

    /// Records of dead jobs, each at most once; all of them when there are not many more than `most`.
    private func sample(
        of queue: QueueName, count: Int, most: Int
    ) async throws(JobQueueError) -> [(id: String, record: [UInt8])] {
        let keys = runner.keyspace.of(queue)
        let pages = max(2, most / Self.samplePage)
        let isWhole = count <= pages * Self.samplePage
        // The first page is the oldest, the last one the newest.
        let starts =
            isWhole
            ? Array(stride(from: 0, to: count, by: Self.samplePage))
            : (0..<pages).map { $0 * (count - Self.samplePage) / (pages - 1) }
        let replies = try await runner.pipeline(
            starts.map { ["ZRANGE", .text(keys.dead), .integer($0), .integer($0 + Self.samplePage - 1)] })
        var ids: [[String]] = []
        for reply in replies {
            let page = try runner.decode { () throws(RedisError) in try reply.strings(of: "ZRANGE") }
            if !page.isEmpty { ids.append(page) }
        }
        let values = try await runner.pipeline(
            ids.map { page in RedisCommand(["HMGET", .text(keys.jobs)] + page.map { .text($0) }) })
        return try runner.decode { () throws(RedisError) in
            var records: [(id: String, record: [UInt8])] = []
            for (page, reply) in zip(ids, values) {
                for (id, value) in zip(page, try reply.array(of: "HMGET", count: page.count)) {
                    if let record = try value.optionalBytes(of: "HMGET") { records.append((id, record)) }
                }
            }
            return records
        }
    }

    /// A group that is being counted, with the record of the job that died last; only that one is parsed.
    private struct Tally {
        var group: DeadGroup
        var newest: [UInt8] = []

        mutating func add(_ id: String, _ record: [UInt8], diedMilliseconds died: Int64) {
            group.count += 1
            group.firstMilliseconds = min(group.firstMilliseconds, died)
            guard died >= group.lastMilliseconds else { return }
            (group.lastMilliseconds, group.sampleID, newest) = (died, id, record)
        }

        var told: DeadGroup {
            var group = group
            let envelope = try? JobEnvelope(record: newest, id: group.sampleID)
            group.message = envelope.flatMap { JobFailure(outcome: $0.outcome) }?.message ?? ""
            return group
        }
    }

    private static func add(_ id: String, _ record: [UInt8], to tallies: inout [String: Tally]) {
        guard let facts = DeadFacts(record) else { return }
        let new = Tally(group: DeadGroup(fingerprint: facts.fingerprint, kind: facts.kind))
        tallies[facts.name, default: new].add(id, record, diedMilliseconds: facts.diedMilliseconds)
    }

    private static func merge(
        _ group: DeadGroup, times scale: Double, into found: inout [String: DeadGroup], _ name: String
    ) {
        var sum = found[name] ?? DeadGroup(fingerprint: group.fingerprint, kind: group.kind)
        sum.count += Int((Double(group.count) * scale).rounded())
        sum.firstMilliseconds = min(sum.firstMilliseconds, group.firstMilliseconds)
        if group.lastMilliseconds >= sum.lastMilliseconds {
            (sum.lastMilliseconds, sum.message, sum.sampleID) = (group.lastMilliseconds, group.message, group.sampleID)
        }
        found[name] = sum
    }
}

/// What groups need of a dead job's record, read without parsing JSON.
struct DeadFacts {
    let kind: String
    /// Empty for a job without an error.
    let fingerprint: String
    let diedMilliseconds: Int64

    /// Of the group that it belongs to.
    var name: String { fingerprint + "\t" + kind }

    private static let mark = Array("\"fingerprint\":\"".utf8)

    init?(_ record: [UInt8]) {
        guard let line = record.firstIndex(of: 0x0A), record.count > 2, record[0] == 0x31 else { return nil }
        let fields = record[2..<line].split(separator: 0x09, omittingEmptySubsequences: false)
        // Priority, kind, attempts, crashes, enqueued, started, finished: as JobEnvelope states.
        guard fields.count >= 7 else { return nil }
        kind = String(decoding: fields[1], as: UTF8.self)
        diedMilliseconds = StoredTime.milliseconds(String(decoding: fields[6], as: UTF8.self)) ?? 0
        var lines = 0
        var at = line
        while lines < 2, let next = record[(at + 1)...].firstIndex(of: 0x0A) { (at, lines) = (next, lines + 1) }
        fingerprint = lines == 2 ? Self.fingerprint(in: record[(at + 1)...]) : ""
    }

    /// - Parameter rest: the outcome line, and the arguments behind it.
    private static func fingerprint(in rest: ArraySlice<UInt8>) -> String {
        guard let end = rest.firstIndex(of: 0x0A) else { return "" }
        let outcome = rest[..<end]
        // A message holds no unescaped quote, so the mark stands only where the field does: near the end.
        var at = outcome.endIndex - mark.count
        while at >= outcome.startIndex {
            if outcome[at] == mark[0], outcome[at..<(at + mark.count)].elementsEqual(mark) {
                return String(decoding: outcome[(at + mark.count)...].prefix { $0 != 0x22 }, as: UTF8.self)
            }
            at -= 1
        }
        return ""
    }
}
