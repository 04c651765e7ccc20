/// What one job takes of a bucket.
public struct LimitUse: Sendable, Equatable {
    public var name: String
    /// Tokens; at least 1.
    public var cost: Int

    public init(name: String, cost: Int = 1) {
        self.name = name
        self.cost = cost
    }
}

extension RateLimiter {
    /// Takes what up to `most` jobs use.
    public func take(
        _ uses: [LimitUse], most: Int, for callers: String
    ) async throws(JobQueueError) -> TokenAnswer? {
        guard let use = uses.first(where: { bucket($0.name) != nil }) else { return nil }
        guard let answer = try await take(use.name, least: use.cost, most: most * use.cost, for: callers) else {
            return nil
        }
        let jobs = answer.taken / use.cost
        try await giveBack(use.name, answer.taken - jobs * use.cost)
        return TokenAnswer(taken: jobs, waitMilliseconds: answer.waitMilliseconds, available: answer.available)
    }

    /// Gives back what so many jobs did not use.
    public func giveBack(
        _ uses: [LimitUse], jobs: Int, of answer: TokenAnswer? = nil
    ) async throws(JobQueueError) {
        for use in uses { try await giveBack(use.name, jobs * use.cost) }
    }
}
