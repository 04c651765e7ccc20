import Redis

/// Estimates of what the jobs of queues take in Redis, in bytes.
public struct QueueMemory: Sendable, Equatable {
    /// Jobs that wait or run, with the keys that they stand in.
    public var jobs = 0
    /// Jobs that ended and are remembered.
    public var history = 0
    /// Dead jobs.
    public var dead = 0
    /// Counters, ticks and what is remembered of schedule entries.
    public var schedule = 0

    /// Nothing yet; what is measured is added.
    public init() {}

    /// The sums of several queues.
    public static func += (left: inout QueueMemory, right: QueueMemory) {
        left.jobs += right.jobs
        left.history += right.history
        left.dead += right.dead
        left.schedule += right.schedule
    }
}

extension QueueInspector {
    /// Elements of a key, and records of a state, that an estimate looks at.
    private static let memorySamples = 20

    /// Estimates the memory of one queue from samples: about forty commands, whatever its length.
    /// - Throws: `JobQueueError.redis(.noPermission)` when our user may not run MEMORY.
    public func memory(of queue: QueueName) async throws(JobQueueError) -> QueueMemory {
        let keys = runner.keyspace.of(queue)
        let places = [
            keys.ready, keys.ranked, keys.scheduled, keys.retrying, keys.parked, keys.locks, keys.completions,
        ]
        let others = [keys.meta, keys.ticks, keys.entries, keys.leases, keys.expiring, keys.wake]
        let replies = try await runner.pipeline(
            ([keys.jobs, keys.done, keys.dead] + places + others).map {
                ["MEMORY", "USAGE", .text($0), "SAMPLES", .integer(Self.memorySamples)]
            } + [
                ["HLEN", .text(keys.jobs)], ["LLEN", .text(keys.done)], ["ZCARD", .text(keys.dead)],
                ["LRANGE", .text(keys.done), 0, .integer(Self.memorySamples - 1)],
                ["ZREVRANGE", .text(keys.dead), 0, .integer(Self.memorySamples - 1)],
                ["LRANGE", .text(keys.ready), 0, .integer(Self.memorySamples - 1)],
            ])
        let (sizes, counts, samples) = try runner.decode { () throws(RedisError) in
            var (sizes, counts): ([Int], [Int]) = ([], [])
            var samples: [[String]] = []
            for reply in replies.dropLast(6) { sizes.append(try reply.optionalInt(of: "MEMORY") ?? 0) }
            for reply in replies.suffix(6).prefix(3) { counts.append(try reply.int(of: "LLEN")) }
            for reply in replies.suffix(3) { samples.append(try reply.strings(of: "LRANGE")) }
            return (sizes, counts, samples)
        }
        var lengths: [Double] = []
        for sample in samples { lengths.append(try await meanLength(of: sample, keys)) }
        let waiting = max(0, counts[0] - counts[1] - counts[2])
        // The hash of all records is shared out by the mean length of the records of each state.
        let weights = [Double(counts[1]) * lengths[0], Double(counts[2]) * lengths[1], Double(waiting) * lengths[2]]
        let sum = max(1, weights.reduce(0, +))
        func share(_ weight: Double) -> Int { Int(Double(sizes[0]) * weight / sum) }
        var memory = QueueMemory()
        memory.jobs = share(weights[2]) + sizes[3..<3 + places.count].reduce(0, +)
        memory.history = share(weights[0]) + sizes[1]
        memory.dead = share(weights[1]) + sizes[2]
        memory.schedule = sizes[(3 + places.count)...].reduce(0, +)
        return memory
    }

    /// Of the records of some jobs, in bytes with what a field of a hash takes beside them; 200 for none.
    private func meanLength(of ids: [String], _ keys: KeysOfQueue) async throws(JobQueueError) -> Double {
        guard !ids.isEmpty else { return 200 }
        let replies = try await runner.pipeline(ids.map { ["HSTRLEN", .text(keys.jobs), .text($0)] })
        return try runner.decode { () throws(RedisError) in
            var sum = 0
            for reply in replies { sum += try reply.int(of: "HSTRLEN") }
            return Double(sum) / Double(ids.count) + 64
        }
    }
}
