import NIOCore

/// Closes a connection whose client takes too long to send a request, however it keeps it busy.
///
/// Counts bytes before they are decoded: from the first byte of a connection or of a request after an answer, the whole
/// request has to be there in time. What is sent while an answer is awaited does not count.
final class RequestDeadline: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    /// By which it is removed from the pipeline of a socket.
    static let name = "request deadline"

    private let limit: TimeAmount
    private var deadline: Scheduled<Void>?

    /// - Parameter limit: from the first byte of a request until something of its answer is written.
    init(limit: TimeAmount = .seconds(15)) { self.limit = limit }

    func channelActive(context: ChannelHandlerContext) {
        start(context)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if deadline == nil { start(context) }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        stop()
        context.write(data, promise: promise)
    }

    func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { stop() }

    private func start(_ context: ChannelHandlerContext) {
        let channel = context.channel
        deadline = context.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
    }

    private func stop() {
        deadline?.cancel()
        deadline = nil
    }
}
