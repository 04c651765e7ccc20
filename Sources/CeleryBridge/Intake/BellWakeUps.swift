import JobQueue
import Worker

/// The wait of an idle worker that also takes messages from Celery's lists: the bell rings while it waits.
struct BellWakeUps: WakeUps {
    private let native: any WakeUps
    private let bell: MessageBell

    init(_ native: any WakeUps, bell: MessageBell) {
        self.native = native
        self.bell = bell
    }

    /// As of the native wake-ups, which the bell sends too.
    func wait(atMost time: Duration, for queues: [QueueName]) async throws(JobQueueError) -> Bool {
        bell.beginWait()
        defer { bell.endWait() }
        return try await native.wait(atMost: time, for: queues)
    }

    func interrupt() { native.interrupt() }

    func close() async { await native.close() }
}
