import Logging
import NIOCore
import NIOPosix

/// One socket to Redis, already authenticated. Requests are pipelined: any number of tasks may send at once, replies
/// come in order. It never reconnects; `Reconnector` makes a new one.
final class RedisConnection: Sendable {
    let address: RedisAddress
    let channel: any Channel
    private let outbox: Outbox
    private let handler: NIOLoopBound<RequestChannel>

    /// Opens the socket and greets the server: AUTH, SELECT, CLIENT SETNAME, PING, in one write.
    /// - Parameter push: takes messages on a connection that subscribes; called on the event loop.
    /// - Returns: a future that fails with a `RedisError` only.
    static func connect(
        to address: RedisAddress, options: RedisOptions, on eventLoop: any EventLoop, logger: Logger,
        push: (@Sendable (RedisValue) -> Void)? = nil
    ) -> EventLoopFuture<RedisConnection> {
        let outbox = Outbox(requestLimit: options.requestLimit, byteLimit: options.requestByteLimit)
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(TimeAmount(options.connectTimeout))
            // Half-open connections to a host that vanished are noticed even while nothing is sent.
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let limit = min(max(options.replyByteLimit, 1), 512 << 20)
                    guard let reader = ReplyReader(byteLimit: limit) else {
                        throw RedisError.unreachable(address, reason: "no memory is left")
                    }
                    try channel.pipeline.syncOperations.addHandler(
                        RequestChannel(
                            address: address, outbox: outbox, reader: reader, replyByteLimit: limit, push: push))
                }
            }
        let opened: EventLoopFuture<any Channel> =
            switch address.endpoint {
            case .tcp(let host, let port): bootstrap.connect(host: host, port: port)
            case .unixSocket(let path): bootstrap.connect(unixDomainSocketPath: path)
            }
        return opened.flatMapThrowing { channel -> RedisConnection in
            let handler = try channel.pipeline.syncOperations.handler(type: RequestChannel.self)
            return RedisConnection(
                address: address, channel: channel, outbox: outbox,
                handler: NIOLoopBound(handler, eventLoop: channel.eventLoop))
        }.flatMapErrorThrowing { error in
            throw RedisError.unreachable(address, reason: ConnectFailure.reason(error, within: options.connectTimeout))
        }.flatMap { connection in
            connection.greet(options: options, logger: logger)
        }
    }

    private init(address: RedisAddress, channel: any Channel, outbox: Outbox, handler: NIOLoopBound<RequestChannel>) {
        self.address = address
        self.channel = channel
        self.outbox = outbox
        self.handler = handler
    }

    /// Puts a request in the outbox. A refusal is given to the receiver, so that it is called exactly once in any case.
    func submit(_ receiver: ReplyReceiver?, timeout: Duration, encode: (inout ByteBuffer) -> Void) {
        switch outbox.submit(receiver, timeout: timeout, encode: encode) {
        case .joinedBatch: break
        case .firstOfBatch: channel.eventLoop.execute { [handler] in handler.value.writeBatch() }
        case .refused(let error): receiver?.fail(error)
        }
    }

    /// Closes the socket. Requests that wait fail with `connectionLost`.
    func close() {
        channel.eventLoop.execute { [handler, address] in
            handler.value.fail(.connectionLost(address, mayHaveRun: true))
        }
    }

    /// Replies still to come.
    var owed: Int { outbox.owed }

    private func greet(options: RedisOptions, logger: Logger) -> EventLoopFuture<RedisConnection> {
        let greeting = Greeting(address: address, clientName: options.clientName)
        let promise = channel.eventLoop.makePromise(of: [RedisValue].self)
        let receiver = ReplyReceiver.many(count: greeting.commands.count) { result in
            promise.completeWith(result.mapError { $0 })
        }
        submit(receiver, timeout: options.connectTimeout) { bytes in
            for command in greeting.commands { bytes.write(command) }
        }
        return promise.futureResult.flatMapThrowing { [self] replies in
            if let problem = greeting.problem(in: replies) { throw problem }
            if let remark = greeting.remark(in: replies) {
                logger.warning("redis greeting", metadata: ["address": "\(address)", "reply": "\(remark)"])
            }
            return self
        }.flatMapErrorThrowing { [self] error in
            close()
            throw error
        }
    }
}
