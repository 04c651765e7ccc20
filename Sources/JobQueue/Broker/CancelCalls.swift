import Redis

/// Messages to the whole fleet, received on a connection of its own: cancel a running job, another version of the
/// schedule is active, there is a new queue.
///
/// A message only saves time: the stored state counts, and every heartbeat reads it. A worker that receives a cancel
/// message checks the mark at the claim before it acts (`Broker.isToBeCancelled`): other programs may publish on the
/// channel.
public struct CancelCalls: Sendable {
    /// One message, or the notice that the subscription has started again.
    public enum Call: Sendable, Equatable {
        /// Messages may have been missed until now: the marks need a check.
        case listening
        case cancel(JobID, in: QueueName)
        /// The active version of the schedule, or the set of queues, has changed.
        case changed
    }

    private let broker: Broker

    /// Opens no connection; `listen` does.
    public init(broker: Broker) { self.broker = broker }

    /// Calls the body with every message, until the task is cancelled.
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
