/// A limit as a token bucket: its burst, its rate, and the most tokens in a window of time.
///
/// A bucket alone would allow burst and rate together within a second, 20 tokens of a limit of 10/s, and a server that
/// counts would refuse the rest. So `take_tokens.lua` also stores the tokens of the last window: no window of
/// `windowMilliseconds`, wherever it begins, sees more than the limit, and the burst only bounds how many may be taken
/// at once. Tokens count for 50 ms more than a second, because calls follow their tokens with varying delays; so a
/// limit of 10/s under constant load gives 9.5 a second. Reserves apply to both, the bucket and the window: a caller
/// without a reserve gets at most 6 of 10 a second where 4 are reserved and not used. In a window with fewer tokens
/// than the burst, reserves are the same fraction of it.
public struct TokenBucket: Sendable, Equatable {
    /// The limit's name in the schedule file; part of its Redis keys.
    public var name: String
    /// Tokens a second; 0.001 to 1,000,000.
    public var ratePerSecond: Double
    /// Tokens when full; at least 1.
    public var burst: Int
    /// Tokens that only a class of callers may take, by the name of the class.
    public var reserve: [String: Int]
    /// No window of this length sees more than `max(1, rate × window)` tokens, in whole ones; 0 for none.
    public var windowMilliseconds: Int

    /// - Parameter windowMilliseconds: the time that the limit names, 1000 for 10/s; nil takes a second for a rate of
    ///   at least one a second, and none for a slower one, which no limit per second can mean.
    public init(
        name: String, ratePerSecond: Double, burst: Int, reserve: [String: Int] = [:], windowMilliseconds: Int? = nil
    ) {
        self.name = name
        self.ratePerSecond = ratePerSecond
        self.burst = burst
        self.reserve = reserve
        self.windowMilliseconds = windowMilliseconds ?? Self.window(of: ratePerSecond)
    }

    static func window(of ratePerSecond: Double) -> Int { ratePerSecond >= 1 ? 1_000 : 0 }

    /// Tokens that a class must leave for others: the sum of their reserves.
    public func floor(for callers: String) -> Int {
        reserve.filter { $0.key != callers }.values.reduce(0, +)
    }

    /// Whether tokens are kept for a class.
    func keeps(for callers: String) -> Bool { (reserve[callers] ?? 0) > 0 }
}

/// The tokens that one job takes from a limit.
public struct LimitUse: Sendable, Equatable {
    /// The name of a bucket; a name that the limiter does not know limits nothing.
    public var name: String
    /// Tokens, at least 1.
    public var cost: Int

    /// `RateLimiter.take` throws for a cost that is not within 1 to 1,000,000.
    public init(name: String, cost: Int = 1) {
        self.name = name
        self.cost = cost
    }
}

/// The answer of a take.
public struct TokenAnswer: Sendable, Equatable {
    /// Jobs, or tokens of a single bucket.
    public let taken: Int
    /// How long until the smallest wanted number could be available; 0 when tokens were taken.
    public let waitMilliseconds: Int
    /// The tokens now in the scarcest of the buckets.
    public let available: Double
    /// The time of the take in each bucket's own time, and the class; `giveBack` needs both.
    let times: [String: Int]
    let callers: String
}

/// The level of a bucket, and its active rate.
public struct BucketLevel: Sendable, Equatable {
    /// With the active rate, burst and window.
    public let bucket: TokenBucket
    /// Whether operators have set them, instead of the file.
    public let isSet: Bool
    /// Tokens available now.
    public let available: Double
    /// How long it stays closed, because a server refused calls; 0 when it is open.
    public let closedMilliseconds: Int64

    /// - Parameters:
    ///   - held: tokens in millionths, their time, the clock's last reading if it was set back, and until when the
    ///     bucket is closed, as stored.
    ///   - set: rate and burst in millionths and the window, as stored.
    init(_ bucket: TokenBucket, held: [Int?], set: [Int?], now: Int64) {
        var bucket = bucket
        isSet = set.contains { $0 != nil }
        if let rate = set[0] { bucket.ratePerSecond = Double(rate) / 1_000_000 }
        if let burst = set[1] { bucket.burst = burst / 1_000_000 }
        if let window = set[2] { bucket.windowMilliseconds = window }
        self.bucket = bucket
        guard let tokens = held[0], let at = held[1].map(Int64.init) else {
            available = Double(bucket.burst)
            closedMilliseconds = 0
            return
        }
        // The bucket's own time, as in take_tokens.lua.
        var time = max(now, at)
        if at - now > 1_000, let back = held[2].map(Int64.init) { time += max(0, now - back) }
        let closed = Int64(held[3] ?? 0)
        closedMilliseconds = max(0, closed - time)
        let grown = Double(max(0, time - max(at, closed))) / 1_000 * bucket.ratePerSecond
        available = min(Double(bucket.burst), Double(tokens) / 1_000_000 + grown)
    }
}
