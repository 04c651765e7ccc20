import NIOCore

/// The event loop of a client's connection, as an actor: what runs isolated to it sends requests and gets replies
/// without a change of thread. It must not block, nor compute for long: the connection waits meanwhile.
public actor RedisLoop {
    private let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        eventLoop.executor.asUnownedSerialExecutor()
    }
}
