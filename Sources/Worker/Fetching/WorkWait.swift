import JobQueue
import Logging

/// The wait of the fetching loop after a round without jobs. A wake-up claims no job: it only means that a fetch is
/// useful.
struct WorkWait: Sendable {
    let broker: Broker
    let active: ActivePolicy
    let attempts: RunningAttempts
    let runtime: WorkerRuntime
    let logger: Logger
    let isDraining: @Sendable () -> Bool
    let isQuiet: @Sendable () -> Bool

    /// How long a worker that may not take from every queue listens before it asks the queues again.
    private static let heldBackTurn = Duration.milliseconds(500)

    /// The listener to run beside the fetching loop before the loop waits; nil when the loop listens itself.
    ///
    /// When free slots are reserved for some queues, wake-ups of the other queues are left to workers that can take
    /// their jobs, and a slot that becomes free has to end the wait as well.
    func listener(after round: FetchRound) -> (@Sendable () async -> Void)? {
        guard round.isHeldBack, attempts.beginListening() else { return nil }
        let time = min(round.wait, Self.heldBackTurn)
        return {
            _ = await listen(atMost: time, to: round.asked)
            attempts.endListening()
        }
    }

    /// Waits until an enqueue, a promotion or a resumed queue sends a wake-up, or the time is over.
    func wait(after round: FetchRound) async {
        if round.isHeldBack || attempts.isListening {
            await attempts.waitForCall(orFewerThan: round.running)
        } else {
            guard active.beginWait(after: round.serving) else { return }
            let queues = round.serving.names
            while await !listen(atMost: round.wait, to: queues), round.wait >= Fetcher.idleInterval, !isDraining() {
                // When Redis does not reply, the next round asks and logs the error.
                guard (try? await broker.claims.hasAny(in: queues)) == false else { break }
            }
            active.endWait()
        }
    }

    /// - Returns: whether to fetch at once: a wake-up arrived, or may have been missed.
    private func listen(atMost time: Duration, to queues: [QueueName]) async -> Bool {
        guard !queues.isEmpty else {
            // Without a lease on any queue there is no list to wait for.
            try? await runtime.clock.sleep(for: min(time, .milliseconds(500)))
            return true
        }
        do {
            return try await runtime.wakeUps.wait(atMost: time, for: queues)
        } catch {
            guard !isDraining(), !isQuiet(), !active.waitsByOldPolicy, !attempts.hasSurplus else { return true }
            logger.warning("cannot wait for work: \(error)")
            try? await runtime.clock.sleep(for: .milliseconds(300))
            return true
        }
    }
}
