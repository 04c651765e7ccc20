/// How an attempt ended.
public enum AttemptOutcome: Sendable {
    /// The handler returned.
    case succeeded(JobOutput)
    /// This worker cannot run it. No attempt is spent.
    case parked(Gate, reason: String)
    /// May succeed next time; the retry is due no earlier than a time (unix ms) that a server gave.
    case failed(JobFailure, notBefore: Int64?)
    /// Can never succeed: the job is dead at once.
    case refused(JobFailure)
    /// Postponed by a limit or a shutdown. No attempt is spent. Unix ms.
    case postponed(until: Int64, reason: String)
    /// Stopped because an operator, or a parent's cancellation, cancelled the job.
    case cancelled
    /// Not started, because it expired.
    case expired
}
