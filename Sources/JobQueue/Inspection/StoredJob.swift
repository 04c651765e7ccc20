extension StoredJob {
    /// The number of the attempt that runs or ran last; 0 before the first.
    public var attempt: Int {
        switch state {
        case .running, .succeeded: envelope.attempts + 1
        default: envelope.attempts
        }
    }

    /// Why a job that could run was postponed, as its handler or the queue said; nil for one that was not.
    public var heldBecause: String? {
        guard state == .scheduled || state == .ready, let last = timeline.last, last.event == "postponed" else {
            return nil
        }
        return last.detail
    }
}
