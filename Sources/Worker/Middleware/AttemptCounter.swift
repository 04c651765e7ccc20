public import CoreMetrics
public import JobQueue
import Synchronization

/// Where `AttemptMetrics` counts in a worker: in memory, and with each heartbeat in Redis, where `/metrics` reads the
/// sums of all workers.
///
/// What a worker has counted since its last heartbeat is lost when it crashes: metrics decide nothing.
public final class AttemptCounter: MetricsFactory {
    private let store: AttemptStore
    private let counted = Mutex(AttemptTotals())

    /// Counts nothing by itself; give it to `AttemptMetrics`.
    public init(broker: Broker) { store = AttemptStore(broker: broker) }

    /// Adds what was counted since the last time to what Redis holds. Without a reply it is kept for the next time.
    public func write() async {
        let totals = counted.withLock { counted in
            defer { counted = AttemptTotals() }
            return counted
        }
        guard !totals.isEmpty else { return }
        do { try await store.add(totals) } catch { counted.withLock { $0.add(totals) } }
    }

    private func count(_ body: (inout AttemptTotals) -> Void) { counted.withLock { body(&$0) } }

    private final class Outcome: CounterHandler {
        let counter: AttemptCounter
        let kind, outcome: String

        init(_ counter: AttemptCounter, _ kind: String, _ outcome: String) {
            (self.counter, self.kind, self.outcome) = (counter, kind, outcome)
        }

        func increment(by amount: Int64) { counter.count { $0.count(kind, outcome) } }

        func reset() {}
    }

    private final class Duration: TimerHandler {
        let counter: AttemptCounter
        let kind: String

        init(_ counter: AttemptCounter, _ kind: String) { (self.counter, self.kind) = (counter, kind) }

        func recordNanoseconds(_ duration: Int64) { counter.count { $0.count(kind, nanoseconds: duration) } }
    }

    /// Called by `AttemptMetrics`.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        Outcome(self, Self.value("kind", dimensions), Self.value("outcome", dimensions))
    }

    /// Called by `AttemptMetrics`.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        Duration(self, Self.value("kind", dimensions))
    }

    /// Attempts have none.
    public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        NOOPMetricsHandler.instance
    }

    /// Does nothing: handlers hold no state of their own.
    public func destroyCounter(_ handler: any CounterHandler) {}
    /// Does nothing.
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    /// Does nothing.
    public func destroyTimer(_ handler: any TimerHandler) {}

    private static func value(_ name: String, _ dimensions: [(String, String)]) -> String {
        dimensions.first { $0.0 == name }?.1 ?? ""
    }
}
