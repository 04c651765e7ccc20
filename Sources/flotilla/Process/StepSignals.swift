import Dispatch
import Glibc

/// SIGTTIN and SIGTTOU, by which an operator adds a process to this host or takes one away.
final class StepSignals: Sendable {
    /// 1 for each SIGTTIN, -1 for each SIGTTOU.
    let steps: AsyncStream<Int>
    // Dispatch sources are thread-safe objects without a Sendable annotation on Linux; these are only ever cancelled.
    nonisolated(unsafe) private let sources: [any DispatchSourceSignal]

    /// From now on the two signals stop this process no more.
    init() {
        let (steps, continuation) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(64))
        self.steps = steps
        let queue = DispatchQueue(label: "flotilla.step-signals")
        sources = [(SIGTTIN, 1), (SIGTTOU, -1)].map { number, step in
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { continuation.yield(step) }
            source.activate()
            return source
        }
    }

    deinit { for source in sources { source.cancel() } }
}
