import JobQueue
import Logging

/// Stops attempts that are past their deadline. When a handler ignores that, its process ends as the last resort:
/// nothing else stops the handler, and its effects may no longer be wanted.
struct DeadlineWatch: Sendable {
    let attempts: RunningAttempts
    let runtime: WorkerRuntime
    let logger: Logger
    /// Called before the process ends, so that no more jobs are fetched.
    let takeNoMore: @Sendable () -> Void
    /// Ends this process, with the reason for it.
    let endProcess: @Sendable (String) -> Void

    private static let step = Duration.milliseconds(250)
    /// How long the other attempts get to stop and be postponed.
    private static let farewell = Duration.seconds(5)

    /// Runs until cancelled, or until it has ended the process.
    func run() async {
        var since: ContinuousClock.Instant?
        while !Task.isCancelled {
            await attempts.waitUntilBusy()
            do { try await runtime.clock.sleep(for: Self.step) } catch { return }
            let now = runtime.now()
            let running = attempts.all
            for attempt in running where attempt.deadline <= now { attempt.stop(.timedOut, at: now) }
            guard let stubborn = running.first(where: { $0.ignoresStop(for: $0.killAfter, at: now) }) else { continue }
            if since == nil { announce(stubborn) }
            let begun = since ?? now
            since = begun
            let others = running.filter { !$0.ignoresStop(for: $0.killAfter, at: now) }
            others.forEach { $0.stop(.shutdown, at: now) }
            guard others.isEmpty || begun.duration(to: now) >= Self.farewell else { continue }
            let job = stubborn.job
            endProcess(
                "job \(job.id) of kind '\(job.kind)' does not stop; \(others.count) others are unsettled")
            return
        }
    }

    private func announce(_ stubborn: Attempt) {
        let job = stubborn.job
        logger.critical(
            "job \(job.id) was told to stop and goes on; its worker gives the others back and ends",
            metadata: ["job": "\(job.id)", "kind": "\(job.kind)", "attempt": "\(job.attempt)"])
        takeNoMore()
    }
}
