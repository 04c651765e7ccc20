import NIOCore
import Synchronization

/// Asks on a connection that only listens whether anybody is there: a network that drops packets without a word, or a
/// proxy that forgot us, ends no connection.
final class SilenceWatch: Sendable {
    private let heard = Mutex(NIODeadline.now())
    private let timer = Mutex<RepeatedTask?>(nil)
    /// How often it asks.
    private let interval: Duration
    /// After this much silence the connection counts as lost.
    private let patience: Duration

    init(interval: Duration, patience: Duration) {
        self.interval = interval
        self.patience = patience
    }

    /// Something came.
    func hear() { heard.withLock { $0 = .now() } }

    /// Begins to ask; the reconnector keeps the watch, and ends it.
    func start(_ reconnector: Reconnector) {
        let step = TimeAmount(interval)
        let task = reconnector.eventLoop.scheduleRepeatedTask(initialDelay: step, delay: step) {
            [weak self, weak reconnector] task in
            guard let self, let reconnector else { return task.cancel() }
            ask(reconnector)
        }
        timer.withLock { $0 = task }
    }

    func stop() { timer.withLock { $0.take() }?.cancel() }

    private func ask(_ reconnector: Reconnector) {
        guard let connection = reconnector.current else { return hear() }
        guard NIODeadline.now() - heard.withLock({ $0 }) < TimeAmount(interval + patience) else {
            hear()
            return reconnector.discard(connection)
        }
        connection.submit(nil, timeout: .zero) { bytes in bytes.write(RedisCommand(["PING"])) }
    }
}
