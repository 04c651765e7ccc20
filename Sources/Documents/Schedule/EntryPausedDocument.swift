public import JobQueue

/// That an entry, or one entity of it, was paused: `schedule pause`.
public struct EntryPausedDocument: Encodable, Sendable {
    let name: String
    let paused = true
    let reason: String
    let until: DocumentTime
    let catchUp: String

    /// - Parameters:
    ///   - name: `entry`, or `entry#entity`.
    ///   - until: unix milliseconds; nil when it lasts until it is resumed.
    public init(_ name: String, reason: String, until: Int64?, catchUp: EntryPause.CatchUp) {
        self.name = name
        self.reason = reason
        self.until = DocumentTime(until)
        self.catchUp = catchUp.rawValue
    }

    enum CodingKeys: String, CodingKey {
        case name, paused, reason, until
        case catchUp = "catch_up"
    }
}

/// That an entry, or one entity of it, goes on: `schedule resume`.
public struct EntryResumedDocument: Encodable, Sendable {
    let name: String
    let paused = false
    let ticks, jobs: Int

    /// - Parameter ticks: those that were caught up, with `jobs` jobs.
    public init(_ name: String, ticks: Int, jobs: Int) {
        self.name = name
        self.ticks = ticks
        self.jobs = jobs
    }

    enum CodingKeys: String, CodingKey { case name, paused, ticks, jobs }
}
