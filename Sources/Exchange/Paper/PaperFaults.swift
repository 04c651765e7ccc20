public import Redis

/// Failures that a test can order from the paper exchange; in Redis, so that they reach every worker process.
public enum PaperFault: String, Sendable, CaseIterable {
    /// The next `place` is carried out and its answer lost: `outcomeUnknown`.
    case dropResponse = "drop_response"
    /// The next request is answered 429.
    case rateLimit = "rate_limit"
    /// The next request is answered 500 and not carried out; for `place` that is `outcomeUnknown`.
    case serverError = "server_error"
    /// The next `bestBidAsk` shows books that are ten minutes old.
    case staleBook = "stale_book"
    /// The next `place` reaches the exchange twice.
    case duplicateDelivery = "duplicate_delivery"
}

/// Arms faults. They strike in the order of the requests, in whichever process makes them.
public struct PaperFaults: Sendable {
    private static let take = RedisScript(
        name: "take_paper_fault", source: String(decoding: PackageResources.take_paper_fault_lua, as: UTF8.self))

    private let redis: RedisClient
    private let keys: PaperKeys

    /// - Parameter redis: must have the namespace of the exchange's own client.
    public init(redis: RedisClient) {
        self.redis = redis
        keys = PaperKeys(redis.namespace)
    }

    /// Makes `fault` happen `times` more times; 0 changes nothing.
    public func arm(_ fault: PaperFault, times: Int = 1) async throws(ExchangeError) {
        do {
            let words: [RedisWord] = ["HINCRBY", .text(keys.faults), .text(fault.rawValue), .integer(times)]
            _ = try await redis.send(RedisCommand(words))
        } catch {
            throw .unavailable(during: "arming \(fault.rawValue)", reason: "\(error)")
        }
    }

    /// Uses up one of `candidates`, the first that is armed.
    func take(_ candidates: [PaperFault]) async throws(RedisError) -> PaperFault? {
        let reply = try await redis.run(
            Self.take, keys: [keys.faults], arguments: candidates.map { .text($0.rawValue) })
        return try reply.optionalString(of: "take_paper_fault").flatMap(PaperFault.init(rawValue:))
    }
}
