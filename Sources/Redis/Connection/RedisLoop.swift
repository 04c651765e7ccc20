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

    /// Called by Swift's runtime; runs the job on the event loop's thread, after what waits there.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

extension RedisLoop {
    /// Sleeps by the event loop's own timer.
    public var clock: Clock { Clock(eventLoop: eventLoop) }

    /// The continuous clock, with the event loop's own timer: what sleeps on it and prefers the loop wakes without
    /// another thread. Several thousand sleepers are fine, as long as each has little to do.
    public struct Clock: _Concurrency.Clock {
        /// Instants of the continuous clock, so that both can be compared.
        public typealias Instant = ContinuousClock.Instant
        let eventLoop: any EventLoop

        /// The continuous clock's time.
        public var now: Instant { .now }
        /// Of `now`; timers of the loop are coarser.
        public var minimumResolution: Duration { .nanoseconds(1) }

        /// - Throws: `CancellationError`, at once when the task is cancelled.
        nonisolated(nonsending)
        public func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
            try Task.checkCancellation()
            let timer = eventLoop.scheduleTask(in: TimeAmount(Instant.now.duration(to: deadline))) {}
            do {
                try await withTaskCancellationHandler {
                    try await timer.futureResult.get()
                } onCancel: {
                    timer.cancel()
                }
            } catch {
                throw CancellationError()
            }
        }
    }
}
