public import Logging
public import NIOCore
public import NIOPosix

/// What was published on a channel.
public struct RedisMessage: Sendable, Equatable {
    /// The exact name under which it was published.
    public let channel: String
    /// As it was published; not necessarily UTF-8.
    public let payload: [UInt8]

    /// Made from a reply; tests make their own.
    public init(channel: String, payload: [UInt8]) {
        self.channel = channel
        self.payload = payload
    }
}

/// Messages of some channels, on a connection of its own that is made again and subscribed again whenever it is lost.
///
/// Redis keeps nothing for those who are away: each `.subscribed` after the first means that messages may have been
/// missed. A reader slower than `RedisOptions.messageLimit` messages loses the oldest. Iterate it in one task only.
public final class RedisSubscription: AsyncSequence, Sendable {
    /// What an iteration gives.
    public enum Event: Sendable, Equatable {
        /// All channels are subscribed from now on; comes first, and again after every reconnection.
        case subscribed
        case message(RedisMessage)
    }

    private let events: AsyncStream<Event>
    private let continuation: AsyncStream<Event>.Continuation
    private let reconnector: Reconnector
    private let watch: SilenceWatch

    /// Connects at once, without waiting for it.
    /// - Parameter channels: exact names, at least one; no patterns.
    public init(
        address: RedisAddress, channels: [String], options: RedisOptions = RedisOptions(), logger: Logger,
        eventLoopGroup: any EventLoopGroup = NIOSingletons.posixEventLoopGroup
    ) {
        let (events, continuation) = AsyncStream.makeStream(
            of: Event.self, bufferingPolicy: .bufferingNewest(options.messageLimit))
        self.events = events
        self.continuation = continuation
        let command = RedisCommand(["SUBSCRIBE"] + channels.map { RedisWord($0) })
        let watch = SilenceWatch(interval: options.longestBlock, patience: options.commandTimeout)
        self.watch = watch
        reconnector = Reconnector(
            address: address, options: options, on: eventLoopGroup.next(), logger: logger,
            connected: { connection in
                watch.hear()
                connection.submit(nil, timeout: .zero) { bytes in bytes.write(command) }
            },
            push: { reply in
                watch.hear()
                guard let event = Self.event(in: reply, channels: channels.count) else { return }
                if case .dropped = continuation.yield(event) {
                    logger.warning("redis subscription: its reader is slow; a message was dropped")
                }
            })
        reconnector.start()
        watch.start(reconnector)
    }

    deinit { close() }

    /// Ends the connection and every iteration.
    public func close() {
        watch.stop()
        reconnector.shutDown()
        continuation.finish()
    }

    /// Keeps the subscription alive while it is iterated.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let subscription: RedisSubscription
        var events: AsyncStream<Event>.Iterator

        /// The next event; `nil` after `close()` or when the task is cancelled.
        public mutating func next() async -> Event? { await events.next(isolation: #isolation) }
    }

    /// One at a time: two iterations share the messages between them.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(subscription: self, events: events.makeAsyncIterator())
    }

    /// `["message", channel, payload]` and `["subscribe", channel, how many so far]` are what Redis sends here.
    private static func event(in reply: RedisValue, channels: Int) -> Event? {
        guard case .array(let parts) = reply, parts.count == 3, let kind = try? parts[0].string() else { return nil }
        switch kind {
        case "message":
            guard let channel = try? parts[1].string(), let payload = try? parts[2].bytes() else { return nil }
            return .message(RedisMessage(channel: channel, payload: payload))
        case "subscribe": return parts[2] == .integer(Int64(channels)) ? .subscribed : nil
        default: return nil
        }
    }
}

extension RedisClient {
    /// A subscription on a connection of its own, to the same server. Every call makes a new one.
    public func subscription(to channels: [String]) -> RedisSubscription {
        RedisSubscription(address: address, channels: channels, options: options, logger: logger)
    }
}
