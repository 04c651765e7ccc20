import Redis

/// The size of a token bucket.
public struct TokenBucket: Sendable, Equatable {
    public var name: String
    /// Tokens a second; 0.001 to 1,000,000.
    public var ratePerSecond: Double
    /// Tokens when full; at least 1.
    public var burst: Int
    /// Tokens that only a class of callers may take, by the name of the class.
    public var reserve: [String: Int]

    public init(name: String, ratePerSecond: Double, burst: Int, reserve: [String: Int] = [:]) {
        self.name = name
        self.ratePerSecond = ratePerSecond
        self.burst = burst
        self.reserve = reserve
    }

    /// Tokens that a class must leave: the reserves of all the others.
    func floor(for callers: String) -> Int {
        reserve.filter { $0.key != callers }.values.reduce(0, +)
    }
}

/// What a bucket gave.
public struct TokenAnswer: Sendable, Equatable {
    public let taken: Int
    /// How long until the least number wanted could be there; 0 when tokens were taken.
    public let waitMilliseconds: Int
    /// What the bucket holds now.
    public let available: Double
}

/// Token buckets that the whole fleet shares, on Redis' clock. It never waits: it says how long to.
public struct RateLimiter: Sendable {
    private let broker: Broker
    private let buckets: [String: TokenBucket]

    /// - Parameter buckets: every bucket that may be asked for.
    public init(broker: Broker, buckets: [TokenBucket]) {
        self.broker = broker
        self.buckets = Dictionary(buckets.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    }

    public func bucket(_ name: String) -> TokenBucket? { buckets[name] }

    /// Takes tokens: at least `least`, at most `most`, or none.
    /// - Parameter callers: the class of the caller; it may use the reserve of that name.
    /// - Returns: nil when no such bucket exists: nothing is limited then.
    public func take(
        _ name: String, least: Int = 1, most: Int = 1, for callers: String
    ) async throws(JobQueueError) -> TokenAnswer? {
        guard let bucket = buckets[name] else { return nil }
        let now = try await broker.clock.now()
        let reply = try await broker.run(
            Scripts.takeTokens, [QueueKeys.limit(name)],
            [
                .integer(Int(now)), .integer(Int(bucket.ratePerSecond * 1_000_000)), .integer(bucket.burst * 1_000_000),
                .integer(bucket.floor(for: callers) * 1_000_000), .integer(least), .integer(most),
            ])
        return try broker.decode { () throws(RedisError) in
            let values = try reply.array(of: "take_tokens")
            guard values.count == 3 else {
                throw .unexpectedReply(command: "take_tokens", expected: "three numbers", got: "\(values.count)")
            }
            return TokenAnswer(
                taken: try values[0].int(of: "take_tokens"), waitMilliseconds: try values[1].int(of: "take_tokens"),
                available: Double(try values[2].int(of: "take_tokens")) / 1_000_000)
        }
    }

    /// Gives back tokens that were taken and not used.
    public func giveBack(_ name: String, _ tokens: Int) async throws(JobQueueError) {
        guard tokens > 0, buckets[name] != nil else { return }
        _ = try await broker.send(["HINCRBY", .text(QueueKeys.limit(name)), "tokens", .integer(tokens * 1_000_000)])
    }

    /// What each bucket holds at the moment.
    public func levels() async throws(JobQueueError) -> [(bucket: TokenBucket, available: Double)] {
        let now = try await broker.clock.now()
        let sorted = buckets.values.sorted { $0.name < $1.name }
        let replies = try await broker.pipeline(
            sorted.map { ["HMGET", .text(QueueKeys.limit($0.name)), "tokens", "at"] })
        var levels: [(bucket: TokenBucket, available: Double)] = []
        for (bucket, reply) in zip(sorted, replies) {
            let held = try broker.decode { () throws(RedisError) in
                let values = try reply.array(of: "HMGET")
                return (try values[0].optionalInt(of: "HMGET"), try values[1].optionalInt(of: "HMGET"))
            }
            guard let tokens = held.0, let at = held.1 else {
                levels.append((bucket, Double(bucket.burst)))
                continue
            }
            let grown = Double(tokens) / 1_000_000 + max(0, Double(now) - Double(at)) / 1_000 * bucket.ratePerSecond
            levels.append((bucket, min(Double(bucket.burst), grown)))
        }
        return levels
    }
}
