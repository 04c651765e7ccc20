/// A dead job, with the time of the death that is meant.
struct DeadID: Sendable, Equatable {
    let id: JobID
    /// Unix milliseconds.
    let diedMilliseconds: Int64
}
