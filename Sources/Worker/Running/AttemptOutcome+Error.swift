import JobQueue

extension AttemptOutcome {
    /// The outcome of an attempt whose handler threw. Nil when the lease was lost: another worker has the job.
    /// - Parameters:
    ///   - reason: why the worker stopped the attempt, if it did.
    ///   - now: unix milliseconds.
    static func of(_ error: any Error, stoppedBecause reason: StopReason?, _ job: LeasedJob, now: Int64)
        -> AttemptOutcome?
    {
        func failure(_ type: String, _ message: String) -> JobFailure {
            JobFailure(type: type, message: message, at: job.startedMilliseconds)
        }
        switch reason {
        case .leaseLost: return nil
        case .cancelRequested: return .cancelled
        case .shutdown: return .postponed(until: 0, reason: "the worker was stopped")
        case .timedOut, nil: break
        }
        switch error {
        case JobQueueError.leaseLost: return nil
        case JobStop.refuse(let type, let message): return .refused(failure(type, message))
        case JobStop.postpone(let milliseconds, let reason):
            return .postponed(until: now + min(milliseconds, longestWait), reason: reason)
        case JobStop.failNotBefore(let milliseconds, let type, let message):
            return .failed(failure(type, message), notBefore: now + min(milliseconds, longestWait))
        // Clients turn a cancellation into errors of their own, so after a timeout the outcome is a timeout, whatever
        // the error.
        case _ where reason == .timedOut:
            let end = error is CancellationError ? "" : " It ended with: \(error)"
            return .failed(failure("timeout", "The attempt took longer than it may.\(end)"), notBefore: nil)
        default: return .failed(failure("\(type(of: error))", "\(error)"), notBefore: nil)
        }
    }

    /// A year, in milliseconds: the limit for delays that a server asks for.
    private static let longestWait: Int64 = 365 * 86_400_000
}
