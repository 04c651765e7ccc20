import JobQueue
import Logging

/// The wait of the claiming loop after a round that gave nothing. A call claims nothing: it only says that asking is
/// worth it.
struct WorkWait: Sendable {
    let broker: Broker
    let active: ActivePolicy
    let calls: WakeUpCalls
    let attempts: RunningAttempts
    let clock: any Clock<Duration>
    let logger: Logger
    let isDraining: @Sendable () -> Bool

    /// How long a worker listens that may not take from every queue, before it looks at them again.
    private static let heldBackTurn = Duration.milliseconds(500)

    /// What has to run beside the loop before it waits; nil when it does the listening itself.
    ///
    /// When free slots are kept for some queues, the calls of the others are left to workers who can take their jobs,
    /// and a slot that becomes free has to end the wait as well.
    func listener(after round: FetchRound) -> (@Sendable () async -> Void)? {
        guard round.isHeldBack, attempts.beginListening() else { return nil }
        let time = min(round.wait, Self.heldBackTurn)
        return {
            _ = await listen(atMost: time, to: round.asked)
            attempts.endListening()
        }
    }

    /// Waits until an enqueue, a promotion or a resumed queue calls, or the time is over.
    func wait(after round: FetchRound) async {
        if round.isHeldBack || attempts.isListening {
            await attempts.waitForCall(orFewerThan: round.running)
        } else {
            guard active.beginWait(after: round.serving) else { return }
            let queues = round.serving.names
            while await !listen(atMost: round.wait, to: queues), round.wait >= Fetcher.idleInterval, !isDraining() {
                // Without an answer the round asks, and says what is wrong.
                guard (try? await broker.hasAny(in: queues)) == false else { break }
            }
            active.endWait()
        }
    }

    /// - Returns: whether it is worth asking at once: somebody called, or there may have been a call.
    private func listen(atMost time: Duration, to queues: [QueueName]) async -> Bool {
        do {
            return try await calls.wait(atMost: time, for: queues)
        } catch {
            guard !isDraining(), !active.waitsByOldPolicy else { return true }
            logger.warning("cannot wait for work: \(error)")
            try? await clock.sleep(for: .milliseconds(300))
            return true
        }
    }
}
