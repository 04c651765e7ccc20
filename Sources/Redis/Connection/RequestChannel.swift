import NIOCore

/// The channel's end of a connection: writes what the outbox holds, gives replies to their receivers in order, and
/// watches the time of the oldest. Lives on the event loop; nothing here is shared.
final class RequestChannel: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private struct Written {
        var receiver: ReplyReceiver
        var deadline: NIODeadline
        var timeout: Duration
    }

    private let address: RedisAddress
    private let outbox: Outbox
    private let reader: ReplyReader
    private let replyByteLimit: Int
    /// Takes replies that belong to no request: messages of a subscription. Without it they end the connection.
    private let push: (@Sendable (RedisValue) -> Void)?
    private var context: ChannelHandlerContext?
    private var written = CircularBuffer<Written>(initialCapacity: 64)
    /// The replies of a `.many` receiver at the head of `written` so far.
    private var collected: [RedisValue] = []
    private var watch: (timer: Scheduled<Void>, deadline: NIODeadline)?
    /// Replies that `written` still waits for.
    private var owed = 0
    /// Closes once the last written request has its reply.
    private var retired = false
    /// What the layers below met, e.g. TLS.
    private(set) var fault: (any Error)?
    /// The error that the server gave instead of all that was asked, before the connection ended.
    private(set) var refusal: String?

    init(
        address: RedisAddress, outbox: Outbox, reader: ReplyReader, replyByteLimit: Int,
        push: (@Sendable (RedisValue) -> Void)?
    ) {
        self.address = address
        self.outbox = outbox
        self.reader = reader
        self.replyByteLimit = replyByteLimit
        self.push = push
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    /// Hands everything in the outbox to the socket.
    func writeBatch() {
        guard let context else { return }
        let batch = outbox.takeBatch()
        guard batch.bytes.readableBytes > 0 else { return }
        let now = NIODeadline.now()
        for (receiver, timeout) in batch.receivers {
            written.append(Written(receiver: receiver, deadline: now + TimeAmount(timeout), timeout: timeout))
            owed += receiver.count
        }
        context.writeAndFlush(wrapOutboundOut(batch.bytes), promise: nil)
        watchOldest(context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        var replies: [RedisValue] = []
        let failure: ReplyReader.Failure? = buffer.withUnsafeReadableBytes { bytes in
            do throws(ReplyReader.Failure) {
                try reader.read(bytes) { replies.append($0) }
                return nil
            } catch {
                return error
            }
        }
        // There must be room in the outbox before anyone hears of a reply and sends the next request.
        let settled = min(replies.count, owed)
        owed -= settled
        if settled > 0 { outbox.settle(settled) }
        for reply in replies { deliver(reply) }
        if let failure { fail(error(for: failure)) }
        if retired { endIfAnswered() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(.connectionLost(address, mayHaveRun: true))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if fault == nil { fault = error }
        fail(.connectionLost(address, mayHaveRun: true))
    }

    /// Ends the connection. Written requests get `error`; unwritten and later ones learn that they were never sent.
    /// Called again, it does nothing.
    func fail(_ error: RedisError) {
        watch?.timer.cancel()
        watch = nil
        let unwritten = outbox.close(.connectionLost(address, mayHaveRun: false))
        let waiting = written
        written.removeAll()
        owed = 0
        if refusal == nil { refusal = collected.lazy.compactMap(\.errorMessage).first }
        collected = []
        for request in waiting { request.receiver.fail(error) }
        for receiver in unwritten { receiver.fail(.connectionLost(address, mayHaveRun: false)) }
        context?.close(promise: nil)
    }

    /// Takes no more requests, which learn that they were never sent, and closes when the others have their replies.
    func retire() {
        let unwritten = outbox.close(.connectionLost(address, mayHaveRun: false))
        for receiver in unwritten { receiver.fail(.connectionLost(address, mayHaveRun: false)) }
        retired = true
        endIfAnswered()
    }

    private func endIfAnswered() {
        if written.isEmpty { fail(.connectionLost(address, mayHaveRun: true)) }
    }

    private func deliver(_ reply: RedisValue) {
        guard let head = written.first else {
            if let push { return push(reply) }
            return fail(.protocolViolation(address, detail: "a reply that no command asked for"))
        }
        switch head.receiver {
        case .one(let continuation):
            written.removeFirst()
            continuation.resume(returning: .success(reply))
        case .many(let count, let finish):
            collected.append(reply)
            guard collected.count == count else { return }
            written.removeFirst()
            let replies = collected
            collected = []
            finish(.success(replies))
        }
    }

    /// Sleeps until the oldest request is due; replies in the meantime only make it look again. A timer that is set for
    /// later, by a request that was allowed more time, gives way.
    private func watchOldest(_ context: ChannelHandlerContext) {
        guard let oldest = written.first else { return }
        if let watch {
            if watch.deadline <= oldest.deadline { return }
            watch.timer.cancel()
        }
        let timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: oldest.deadline) { [weak self] in
            if let self { checkOldest() }
        }
        watch = (timer, oldest.deadline)
    }

    private func checkOldest() {
        watch = nil
        guard let context, let oldest = written.first else { return }
        if oldest.deadline <= .now() { return fail(.timedOut(address, after: oldest.timeout)) }
        watchOldest(context)
    }

    private func error(for failure: ReplyReader.Failure) -> RedisError {
        switch failure {
        case .malformed(let detail): .protocolViolation(address, detail: detail)
        case .tooLarge: .replyTooLarge(address, limit: replyByteLimit)
        }
    }
}
