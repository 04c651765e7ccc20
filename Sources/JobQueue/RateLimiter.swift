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
            Scripts.takeTokens, [QueueKeys.limit(name), QueueKeys.limitSetting(name)],
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

    /// Gives nobody a token for a while, because the server behind the bucket has refused one of us.
    /// - Parameter duration: what the server demanded, 1 ms to 1 hour; longer ones are brought within.
    public func close(_ name: String, for duration: Duration) async throws(JobQueueError) {
        guard buckets[name] != nil else { return }
        let now = try await broker.clock.now()
        let till = now + min(max(duration.milliseconds, 1), 3_600_000)
        _ = try await broker.run(
            Scripts.closeBucket, [QueueKeys.limit(name)], [.integer(Int(now)), .integer(Int(till))])
    }

    /// Sets another rate than the file's for the whole fleet, from the next token on, until it is reset.
    /// - Parameter burst: nil keeps the file's.
    public func set(_ name: String, ratePerSecond: Double, burst: Int?) async throws(JobQueueError) {
        var command: [RedisWord] = [
            "HSET", .text(QueueKeys.limitSetting(name)), "rate", .integer(Int(ratePerSecond * 1_000_000)),
        ]
        if let burst { command += ["burst", .integer(burst * 1_000_000)] }
        _ = try await broker.send(RedisCommand(command))
    }

    /// Goes back to the file's rate.
    /// - Returns: false when it was in force already.
    public func reset(_ name: String) async throws(JobQueueError) -> Bool {
        let reply = try await broker.send(["DEL", .text(QueueKeys.limitSetting(name))])
        return try broker.decode { () throws(RedisError) in try reply.bool(of: "DEL") }
    }

    /// What each bucket holds at the moment, with the rate that is in force.
    public func levels() async throws(JobQueueError) -> [BucketLevel] {
        let now = try await broker.clock.now()
        let sorted = buckets.values.sorted { $0.name < $1.name }
        let replies = try await broker.pipeline(
            sorted.flatMap { bucket -> [RedisCommand] in
                [
                    ["HMGET", .text(QueueKeys.limit(bucket.name)), "tokens", "at", "closed"],
                    ["HMGET", .text(QueueKeys.limitSetting(bucket.name)), "rate", "burst"],
                ]
            })
        var levels: [BucketLevel] = []
        for (index, bucket) in sorted.enumerated() {
            let (held, set) = try broker.decode { () throws(RedisError) in
                (try Self.numbers(replies[2 * index]), try Self.numbers(replies[2 * index + 1]))
            }
            levels.append(BucketLevel(bucket, held: held, set: set, now: now))
        }
        return levels
    }

    private static func numbers(_ reply: RedisValue) throws(RedisError) -> [Int?] {
        var numbers: [Int?] = []
        for value in try reply.array(of: "HMGET") { numbers.append(try value.optionalInt(of: "HMGET")) }
        return numbers
    }
}

/// What a bucket holds, and by which rate it fills.
public struct BucketLevel: Sendable, Equatable {
    /// With the rate and burst in force.
    public let bucket: TokenBucket
    /// Whether operators have set them, instead of the file.
    public let isSet: Bool
    /// Tokens there now.
    public let available: Double
    /// How long it gives none, because a server refused us; 0 when it is open.
    public let closedMilliseconds: Int64

    /// - Parameters:
    ///   - held: tokens in millionths, their time, and until when it is closed, as stored.
    ///   - set: rate and burst in millionths, as stored.
    init(_ bucket: TokenBucket, held: [Int?], set: [Int?], now: Int64) {
        var bucket = bucket
        isSet = set.contains { $0 != nil }
        if let rate = set[0] { bucket.ratePerSecond = Double(rate) / 1_000_000 }
        if let burst = set[1] { bucket.burst = burst / 1_000_000 }
        self.bucket = bucket
        closedMilliseconds = max(0, Int64(held[2] ?? 0) - now)
        guard let tokens = held[0], let at = held[1] else {
            available = Double(bucket.burst)
            return
        }
        let grown = Double(tokens) / 1_000_000 + max(0, Double(now) - Double(at)) / 1_000 * bucket.ratePerSecond
        available = min(Double(bucket.burst), grown)
    }
}
