import Redis

/// Token buckets that the whole fleet shares, on Redis' clock. It never waits: it returns how long the caller should
/// wait.
public struct RateLimiter: Sendable {
    let runner: ScriptRunner
    private let buckets: [String: TokenBucket]

    /// Limits that one job may use; two keys each.
    public static let mostLimits = 3
    private static let million = 1_000_000
    /// In millionths it is still exact in a Lua number.
    private static let mostBurst = 1_000_000_000

    /// - Parameter buckets: every bucket that callers may use.
    public init(broker: Broker, buckets: [TokenBucket]) {
        runner = broker.runner
        self.buckets = Dictionary(buckets.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    }

    /// A bucket with the rate of the schedule file; `levels` returns what operators have set instead. Nil for an
    /// unknown name.
    public func bucket(_ name: String) -> TokenBucket? { buckets[name] }

    /// Takes the tokens for several jobs from all of their limits in one step; a job is served by all or by none.
    /// - Parameters:
    ///   - uses: at most three limits with what one job costs; names that are no limits are left out.
    ///   - most: jobs at the most.
    ///   - callers: the class of the caller; it may use the reserves of that name.
    /// - Returns: `taken` is the number of jobs, and the wait lasts until all limits could serve one; nil when none of
    ///   the names is a limit: all jobs may start then. All keys of a script must be in one slot, so a Redis cluster
    ///   would refuse several limits of one job.
    /// - Throws: `JobQueueError.outOfRange` for more than three limits, a cost below 1, or one that a limit never
    ///   gives.
    public func take(
        _ uses: [LimitUse], most: Int, for callers: String
    ) async throws(JobQueueError) -> TokenAnswer? {
        try await take(try known(uses), least: 1, most: most, for: callers)
    }

    /// Takes tokens of one bucket: at least `least`, at most `most`, or none.
    /// - Returns: nil when no such bucket exists: the call is not limited then.
    public func take(
        _ name: String, least: Int = 1, most: Int = 1, for callers: String
    ) async throws(JobQueueError) -> TokenAnswer? {
        try await take(try known([LimitUse(name: name, cost: 1)]), least: least, most: most, for: callers)
    }

    private func take(
        _ uses: [KnownUse], least: Int, most: Int, for callers: String
    ) async throws(JobQueueError) -> TokenAnswer? {
        guard !uses.isEmpty else { return nil }
        let now = try await runner.clock.now()
        var arguments: [RedisWord] = [.integer(Int(now)), .integer(least), .integer(most), .integer(uses.count)]
        for use in uses {
            arguments += Self.measures(of: use.bucket)
            arguments += [
                .integer(use.bucket.floor(for: callers)), use.bucket.keeps(for: callers) ? 1 : 0, .integer(use.cost),
            ]
        }
        arguments.append(.text(callers))
        let numbers = try Self.numbers(
            try await runner.run(Scripts.takeTokens, keys(of: uses), arguments), 3 + uses.count,
            "take_tokens", runner)
        guard numbers[1] >= 0 else {
            let use = uses[Int(min(numbers[1].magnitude, UInt(uses.count))) - 1]
            throw .outOfRange(
                what: "What is wanted of limit '\(use.bucket.name)' at once", value: "\(least * use.cost)",
                range: "at most its burst, and what it gives in its time")
        }
        return TokenAnswer(
            taken: numbers[0], waitMilliseconds: numbers[1], available: Double(numbers[2]) / Double(Self.million),
            times: Dictionary(
                zip(uses.map(\.bucket.name), numbers.dropFirst(3)), uniquingKeysWith: { $1 }),
            callers: callers)
    }

    /// Gives back tokens of jobs that did not start. No bucket exceeds its burst by it; one whose key has expired is
    /// full, and one that was closed opens empty.
    /// - Parameter answer: the answer of the take. Without it, or once its window is over, the tokens still count as
    ///   spent in the window: otherwise other callers could get too many.
    public func giveBack(
        _ uses: [LimitUse], jobs: Int, of answer: TokenAnswer? = nil
    ) async throws(JobQueueError) {
        let uses = try known(uses)
        guard jobs > 0, !uses.isEmpty else { return }
        let now = try await runner.clock.now()
        var arguments: [RedisWord] = [.integer(Int(now)), .integer(uses.count)]
        for use in uses {
            arguments += Self.measures(of: use.bucket).dropFirst()
            arguments += [
                answer.map { use.bucket.keeps(for: $0.callers) } ?? false ? 1 : 0, .integer(use.cost * jobs),
                .integer(answer?.times[use.bucket.name] ?? -1),
            ]
        }
        if let answer { arguments.append(.text(answer.callers)) }
        _ = try await runner.run(Scripts.giveBackTokens, keys(of: uses), arguments)
    }

    /// Gives back tokens of one bucket that were taken and not used.
    public func giveBack(
        _ name: String, _ tokens: Int, of answer: TokenAnswer? = nil
    ) async throws(JobQueueError) {
        try await giveBack([LimitUse(name: name, cost: 1)], jobs: tokens, of: answer)
    }

    /// Makes a bucket give no token for a while, because the server behind it has refused a request of the fleet.
    /// - Parameter duration: as the server demanded, 1 ms to 1 hour; longer ones are clamped.
    public func close(_ name: String, for duration: Duration) async throws(JobQueueError) {
        guard let bucket = buckets[name] else { return }
        let now = try await runner.clock.now()
        let length = min(max(duration.milliseconds, 1), 3_600_000)
        _ = try await runner.run(
            Scripts.closeBucket, [runner.keyspace.limit(name), runner.keyspace.limitSetting(name)],
            [.integer(Int(now)), .integer(Int(length))] + Self.measures(of: bucket))
    }

    /// Sets another rate than the file's for the whole fleet, from the next token on, until it is reset.
    /// - Parameters:
    ///   - burst: nil keeps the file's.
    ///   - windowMilliseconds: as `TokenBucket.init` takes it; the file's stays if it is shorter, because the server
    ///     behind the limit counts by it.
    public func set(
        _ name: String, ratePerSecond: Double, burst: Int?, windowMilliseconds: Int? = nil
    ) async throws(JobQueueError) {
        let file = buckets[name]?.windowMilliseconds ?? 0
        var window = windowMilliseconds ?? TokenBucket.window(of: ratePerSecond)
        if window > 0, file > 0 { window = min(window, file) }
        let burst = burst.map { RedisWord.integer(min(max($0, 0), Self.mostBurst) * Self.million) }
        _ = try await runner.run(
            Scripts.setLimit, [runner.keyspace.limitSetting(name)],
            [.integer(Self.millionths(ratePerSecond)), burst ?? "", .integer(window)])
    }

    /// Goes back to the file's rate.
    /// - Returns: false when it was set already.
    public func reset(_ name: String) async throws(JobQueueError) -> Bool {
        let reply = try await runner.run(Scripts.deleteSetting, [runner.keyspace.limitSetting(name)], [])
        return try runner.decode { () throws(RedisError) in try reply.bool(of: "delete_setting") }
    }

    /// The present level of each bucket, with the active rate.
    public func levels() async throws(JobQueueError) -> [BucketLevel] {
        let now = try await runner.clock.now()
        let sorted = buckets.values.sorted { $0.name < $1.name }
        let replies = try await runner.pipeline(
            sorted.flatMap { bucket -> [RedisCommand] in
                [
                    ["HMGET", .text(runner.keyspace.limit(bucket.name)), "tokens", "at", "back", "closed"],
                    ["HMGET", .text(runner.keyspace.limitSetting(bucket.name)), "rate", "burst", "window"],
                ]
            })
        var levels: [BucketLevel] = []
        for (index, bucket) in sorted.enumerated() {
            let (held, set) = try runner.decode { () throws(RedisError) in
                (try Self.stored(replies[2 * index], 4), try Self.stored(replies[2 * index + 1], 3))
            }
            levels.append(BucketLevel(bucket, held: held, set: set, now: now))
        }
        return levels
    }
}

/// Calls of the scripts.
extension RateLimiter {
    /// A bucket that exists, and what one job takes of it.
    private struct KnownUse {
        let bucket: TokenBucket
        var cost: Int
    }

    /// Uses of one limit are added up, so that no key stands in a script twice.
    private func known(_ uses: [LimitUse]) throws(JobQueueError) -> [KnownUse] {
        var known: [KnownUse] = []
        for use in uses {
            guard let bucket = buckets[use.name] else { continue }
            guard (1...Self.million).contains(use.cost) else {
                throw .outOfRange(what: "The cost at limit '\(use.name)'", value: "\(use.cost)", range: "1 to 1000000")
            }
            if let place = known.firstIndex(where: { $0.bucket.name == use.name }) {
                known[place].cost += use.cost
            } else {
                known.append(KnownUse(bucket: bucket, cost: use.cost))
            }
        }
        guard known.count <= Self.mostLimits else {
            throw .outOfRange(
                what: "The number of limits of one job", value: "\(known.count)", range: "at most \(Self.mostLimits)")
        }
        return known
    }

    private func keys(of uses: [KnownUse]) -> [String] {
        uses.flatMap { [runner.keyspace.limit($0.bucket.name), runner.keyspace.limitSetting($0.bucket.name)] }
    }

    /// Rate and burst in millionths, and the window.
    private static func measures(of bucket: TokenBucket) -> [RedisWord] {
        [
            .integer(millionths(bucket.ratePerSecond)), .integer(min(max(bucket.burst, 0), mostBurst) * million),
            .integer(bucket.windowMilliseconds),
        ]
    }

    /// No rate is above a million tokens a second, the bound of `TokenBucket`.
    private static func millionths(_ rate: Double) -> Int {
        let bounded = rate.isNaN ? 0 : min(max(rate, 0), Double(million))
        return Int((bounded * Double(million)).rounded())
    }

    /// Numbers beyond 2^53, which no script writes, are clamped: sums of them must not overflow.
    private static func stored(_ reply: RedisValue, _ count: Int) throws(RedisError) -> [Int?] {
        var numbers: [Int?] = []
        for value in try reply.array(of: "HMGET", count: count) {
            numbers.append(try value.optionalInt(of: "HMGET").map { min(max($0, -1 << 53), 1 << 53) })
        }
        return numbers
    }

    static func numbers(
        _ reply: RedisValue, _ count: Int, _ script: String, _ runner: ScriptRunner
    ) throws(JobQueueError) -> [Int] {
        try runner.decode { () throws(RedisError) in
            var numbers: [Int] = []
            for value in try reply.array(of: script) { numbers.append(try value.int(of: script)) }
            guard numbers.count == count else {
                throw .unexpectedReply(command: script, expected: "\(count) numbers", got: "\(numbers.count)")
            }
            return numbers
        }
    }
}
