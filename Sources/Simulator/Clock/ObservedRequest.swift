import Redis

/// A request that Redis has carried out.
struct ObservedRequest: Sendable {
    let request: RequestInterceptor.Request
    /// One for each command or script of it.
    let replies: [RedisValue]
    let moment: SimulationScheduler.Moment
    /// The process that sent it.
    let life: LifeID
    /// Whether its sender receives the reply.
    let isReceived: Bool

    /// The first reply, where there are several.
    var reply: RedisValue { replies.first ?? .null }
}
