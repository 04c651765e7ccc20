/// After how much work a worker ends, so that its supervisor starts another in its place.
public struct WorkerRecycling: Sendable, Equatable {
    /// Settled jobs; nil for no bound.
    public var jobs: Int?
    /// Resident memory in bytes; nil for no bound.
    public var memoryBytes: Int?

    /// Without bounds a worker runs until it is stopped.
    public init(jobs: Int? = nil, memoryBytes: Int? = nil) {
        self.jobs = jobs
        self.memoryBytes = memoryBytes
    }

    /// Why a worker has to be replaced, as a clause; nil while it may go on.
    public func reason(settled: Int, residentBytes: Int) -> String? {
        if let jobs, settled >= jobs { return "it has run \(settled) jobs, and its pool recycles after \(jobs)" }
        if let memoryBytes, residentBytes >= memoryBytes {
            return "it uses \(residentBytes >> 20) MiB, and its pool recycles at \(memoryBytes >> 20) MiB"
        }
        return nil
    }
}
