import NIOCore

/// The event loop of a client's connection, for tasks that ask Redis all the time: what prefers this executor sends
/// requests and gets replies without a change of thread. It must not block, nor compute for long: the connection waits
/// meanwhile.
///
/// ```swift
/// await withTaskExecutorPreference(client.loop) { … }
/// ```
/// An actor on the loop would not do: a continuation is resumed on the task's preferred executor, and without one on
/// the shared pool, from where it would come back.
public final class RedisLoop: TaskExecutor {
    private let eventLoop: any EventLoop

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
