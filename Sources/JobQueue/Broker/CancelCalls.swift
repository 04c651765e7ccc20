import Redis

/// What scripts call out to the whole fleet, on a connection of its own: a running job is to be cancelled, another
/// version of the schedule is active, there is a new queue.
///
/// A call only saves time: what is stored in Redis counts, and every heartbeat sees it. A worker that hears of a
/// cancellation looks for the mark at the claim before it acts (`Broker.isToBeCancelled`): the channel may carry words
/// that are not this fleet's.
public struct CancelCalls: Sendable {
    /// One message, or the notice that the subscription has begun anew.
    public enum Call: Sendable, Equatable {
        /// Calls may have been missed until now: the marks are worth a look.
        case listening
        case cancel(JobID, in: QueueName)
        /// The active version of the schedule, or the set of queues, is another than before.
        case changed
    }

    private let broker: Broker

    /// Opens no connection; `listen` does.
    public init(broker: Broker) { self.broker = broker }

    /// Gives every call to the body, until the task is cancelled.
    public func listen(_ body: (Call) async -> Void) async {
        let keyspace = broker.keyspace
        let subscription = broker.redis.subscription(to: [keyspace.cancellations, keyspace.changes])
        defer { subscription.close() }
        for await event in subscription {
            switch event {
            case .subscribed: await body(.listening)
            case .message(let message) where message.channel == keyspace.changes: await body(.changed)
            case .message(let message): if let call = Self.call(message.payload) { await body(call) }
            }
        }
    }

    /// `<queue> <job id>`; neither holds a blank.
    private static func call(_ payload: [UInt8]) -> Call? {
        let words = String(decoding: payload, as: UTF8.self).split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 2, let queue = try? QueueName(String(words[0])), let id = try? JobID(String(words[1]))
        else { return nil }
        return .cancel(id, in: queue)
    }
}
