import Redis

/// What one class of callers took from a bucket in about the last minute.
public struct TokenTaker: Sendable, Equatable {
    /// The class, usually the name of a queue.
    public let callers: String
    /// In the last sixty to seventy seconds, without those that were given back.
    public let tokens: Int
}

extension RateLimiter {
    /// Who took tokens from a bucket of late, the greatest share first; for display. Reads one hash.
    public func takers(of name: String) async throws(JobQueueError) -> [TokenTaker] {
        let now = try await runner.clock.now()
        let reply = try await runner.send(["HGETALL", .text(runner.keyspace.limit(name))])
        let fields = try runner.decode { () throws(RedisError) in
            var fields: [String: String] = [:]
            for (field, value) in try reply.pairs(of: "HGETALL") {
                fields[field] = try value.shownText(of: "HGETALL")
            }
            return fields
        }
        // The bucket's own time, by which the slots are counted, may be ahead of the clock.
        let at = max(now, fields["at"].flatMap { StoredTime.milliseconds($0) } ?? now)
        let takers = fields.compactMap { field, value -> TokenTaker? in
            guard field.hasPrefix("by:") else { return nil }
            let tokens = Self.tokens(in: value, since: at / 10_000 - 6)
            return tokens > 0 ? TokenTaker(callers: String(field.dropFirst(3)), tokens: tokens) : nil
        }
        return takers.sorted { ($1.tokens, $0.callers) < ($0.tokens, $1.callers) }
    }

    /// Adds up what `count_taken` of bucket.lua has written.
    private static func tokens(in text: String, since slot: Int64) -> Int {
        text.split(separator: " ").reduce(0) { sum, word in
            let parts = word.split(separator: ":").compactMap { StoredTime.milliseconds($0) }
            guard parts.count == 2, parts[0] >= slot else { return sum }
            return sum + Int(min(parts[1], 1 << 40))
        }
    }
}
