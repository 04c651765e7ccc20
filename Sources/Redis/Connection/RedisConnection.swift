import Logging
import NIOCore
import NIOPosix
import NIOSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

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
        guard let tls = address.tls else {
            return open(address, options, eventLoop, nil, push).flatMap { $0.greet(options: options, logger: logger) }
        }
        // Certificates are files, and an event loop must not wait for a disk.
        return NIOThreadPool.singleton.runIfActive(eventLoop: eventLoop) { try tls.context(for: address) }
            .flatMap { context in open(address, options, eventLoop, context, push) }
            .flatMap { $0.greet(options: options, logger: logger) }
    }

    private static func open(
        _ address: RedisAddress, _ options: RedisOptions, _ eventLoop: any EventLoop, _ tls: NIOSSLContext?,
        _ push: (@Sendable (RedisValue) -> Void)?
    ) -> EventLoopFuture<RedisConnection> {
        let outbox = Outbox(requestLimit: options.requestLimit, byteLimit: options.requestByteLimit)
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(TimeAmount(options.connectTimeout))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let limit = min(max(options.replyByteLimit, 1), 512 << 20)
                    guard let reader = ReplyReader(byteLimit: limit) else {
                        throw RedisError.unreachable(address, reason: "no memory is left")
                    }
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: tls, serverHostname: TLSFailure.serverName(for: address)))
                    }
                    try channel.pipeline.syncOperations.addHandler(
                        RequestChannel(
                            address: address, outbox: outbox, reader: reader, replyByteLimit: limit, push: push))
                }
            }
        let opened: EventLoopFuture<any Channel> =
            switch address.endpoint {
            case .tcp(let host, let port): connect(noticingSilence(bootstrap), host, port)
            case .unixSocket(let path): bootstrap.connect(unixDomainSocketPath: path)
            case .sentinels: eventLoop.makeFailedFuture(RedisError.noPrimary(address, .noAnswer("none was asked")))
            }
        return opened.flatMapThrowing { channel -> RedisConnection in
            let handler = try channel.pipeline.syncOperations.handler(type: RequestChannel.self)
            return RedisConnection(
                address: address, channel: channel, outbox: outbox,
                handler: NIOLoopBound(handler, eventLoop: channel.eventLoop))
        }.flatMapErrorThrowing { error in
            if let error = error as? RedisError ?? TLSFailure.error(error, at: address) { throw error }
            throw RedisError.unreachable(address, reason: ConnectFailure.reason(error, within: options.connectTimeout))
        }
    }

    /// An IP address does not wait for a slow name server.
    private static func connect(
        _ bootstrap: ClientBootstrap, _ host: String, _ port: Int
    ) -> EventLoopFuture<any Channel> {
        if let place = try? SocketAddress(ipAddress: host, port: port) { return bootstrap.connect(to: place) }
        return bootstrap.connect(host: host, port: port)
    }

    /// A host that vanished is noticed after half a minute, even by a subscription, which sends nothing. Linux would
    /// take two hours.
    private static func noticingSilence(_ bootstrap: ClientBootstrap) -> ClientBootstrap {
        let bootstrap = bootstrap.channelOption(.socketOption(.so_keepalive), value: 1)
        #if os(Linux)
            return bootstrap.channelOption(.tcpOption(.init(rawValue: TCP_KEEPIDLE)), value: 15)
                .channelOption(.tcpOption(.init(rawValue: TCP_KEEPINTVL)), value: 5)
                .channelOption(.tcpOption(.init(rawValue: TCP_KEEPCNT)), value: 3)
        #else
            return bootstrap
        #endif
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

    /// Takes no more requests and closes once those already written have their replies.
    func retire() {
        channel.eventLoop.execute { [handler] in handler.value.retire() }
    }

    /// One command, whatever its reply says.
    func request(_ command: RedisCommand, timeout: Duration) -> EventLoopFuture<RedisValue> {
        requestAll([command], timeout: timeout).map { $0[0] }
    }

    /// Replies still to come.
    var owed: Int { outbox.owed }

    private func greet(options: RedisOptions, logger: Logger) -> EventLoopFuture<RedisConnection> {
        let greeting = Handshake(address: address, clientName: options.clientName)
        return requestAll(greeting.commands, timeout: options.connectTimeout).flatMapThrowing { [self] replies in
            if let problem = greeting.problem(in: replies) { throw problem }
            if let remark = greeting.remark(in: replies) {
                logger.warning("redis greeting", metadata: ["address": "\(address)", "reply": "\(remark)"])
            }
            return self
        }.flatMapErrorThrowing { [self] error in
            close()
            throw cause(of: error)
        }
    }

    private func requestAll(_ commands: [RedisCommand], timeout: Duration) -> EventLoopFuture<[RedisValue]> {
        let promise = channel.eventLoop.makePromise(of: [RedisValue].self)
        let receiver = ReplyReceiver.many(count: commands.count) { result in
            promise.completeWith(result.mapError { $0 })
        }
        submit(receiver, timeout: timeout) { bytes in
            for command in commands { bytes.write(command) }
        }
        return promise.futureResult
    }

    /// Why the handshake failed: a lost connection alone does not tell an operator what to fix.
    private func cause(of error: any Error) -> any Error {
        switch error as? RedisError {
        case .connectionLost?:
            if let fault = handler.value.fault, let error = TLSFailure.error(fault, at: address) { return error }
            if let refusal = handler.value.refusal { return RedisError(reply: refusal, at: address) }
            // A TLS port does so; and so does a server that just stops, or has no room for another client.
            let hint = address.tls == nil ? ", perhaps because it wants rediss://, or takes no more clients" : ""
            let problem = "closed the connection during the greeting\(hint). Look at its log, and at REDIS_URL"
            return RedisError.handshakeFailed(address, problem: problem)
        case .timedOut(_, let limit)?:
            // A plain port takes the start of TLS for an unfinished command.
            let hint =
                address.tls == nil ? "it may be stopped or overloaded" : "perhaps because it wants redis:// without TLS"
            let problem = "took the connection and gave no answer within \(limit), \(hint)"
            return RedisError.handshakeFailed(address, problem: problem + ". Look at its log, and at REDIS_URL")
        default: return error
        }
    }
}
