import Redis

extension QueueInspector {
    /// The ids of stored jobs that begin with a text, by name.
    ///
    /// Reads the ids of all jobs, in pages.
    /// - Parameters:
    ///   - limit: how many are returned at most.
    ///   - state: only jobs that ended so; nil for any job.
    public func ids(
        beginningWith prefix: String, limit: Int, state: JobState? = nil
    ) async throws(JobQueueError) -> [JobID] {
        var pattern = ""
        for character in prefix {
            if "\\*?[]".contains(character) { pattern += "\\" }
            pattern.append(character)
        }
        var found: Set<String> = []
        for queue in try await queues() {
            let key = runner.keyspace.of(queue).jobs
            var cursor = "0"
            repeat {
                let reply = try await runner.send(
                    ["HSCAN", .text(key), .text(cursor), "MATCH", .text(pattern + "*"), "COUNT", 1_000])
                let (next, page) = try runner.decode { () throws(RedisError) in
                    let parts = try reply.array(of: "HSCAN", count: 2)
                    return (try parts[0].string(of: "HSCAN"), try parts[1].pairs(of: "HSCAN"))
                }
                for (id, record) in page where Self.isRemembered(id, record, state) { found.insert(id) }
                cursor = next
            } while cursor != "0" && found.count < limit
        }
        return found.sorted().prefix(limit).map { JobID(unchecked: $0) }
    }

    /// How many jobs have a record, in all queues.
    public func recordCount() async throws(JobQueueError) -> Int {
        let replies = try await runner.pipeline(
            try await queues().map { ["HLEN", .text(runner.keyspace.of($0).jobs)] })
        return try runner.decode { () throws(RedisError) in
            var sum = 0
            for reply in replies { sum += try reply.int(of: "HLEN") }
            return sum
        }
    }

    private static func isRemembered(_ id: String, _ record: RedisValue, _ state: JobState?) -> Bool {
        guard let bytes = try? record.bytes(of: "HSCAN"), let envelope = try? JobEnvelope(record: bytes, id: id) else {
            return false
        }
        return envelope.stateCode != .deletedInReady && (state == nil || envelope.stateCode.finalState == state)
    }
}
