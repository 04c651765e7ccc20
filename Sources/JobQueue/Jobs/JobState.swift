/// Where a job stands. A job is in exactly one state at any moment.
public enum JobState: String, Sendable, CaseIterable {
    /// Waits until it is due.
    case scheduled
    /// Waits for a slot.
    case ready
    /// A worker holds it under a lease.
    case running
    /// Waits for its children.
    case waiting
    /// Failed, and waits for its next attempt.
    case retrying
    /// Held by a concurrency key, or of a kind that no worker knows; kept until it can run.
    case parked
    case succeeded
    case cancelled
    case expired
    /// Its attempts are used up or it was refused; kept until an operator decides.
    case dead

    /// Whether nothing more happens to the job by itself.
    public var isFinal: Bool {
        switch self {
        case .succeeded, .cancelled, .expired, .dead: true
        case .scheduled, .ready, .running, .waiting, .retrying, .parked: false
        }
    }
}
