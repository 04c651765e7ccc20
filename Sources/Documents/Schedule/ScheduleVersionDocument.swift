public import JobQueue

/// A version of the schedule that is kept: `schedule rollback` without a version.
public struct ScheduleVersionDocument: Encodable, Sendable {
    let version: Int
    let at: DocumentTime
    let by: String

    /// Takes all but the text.
    public init(_ version: ScheduleVersion) {
        self.version = version.number
        at = DocumentTime(version.storedMilliseconds)
        by = version.author
    }
}

/// That a version is active: `schedule apply`, `schedule rollback`.
public struct ScheduleAppliedDocument: Encodable, Sendable {
    let version: Int
    let plan: String
    let workers: Int?
    let lagging: [String]?

    /// - Parameters:
    ///   - plan: the id of the plan that was carried out.
    ///   - workers: how many live workers there are; when there are none, this field and the next are left out.
    ///   - lagging: ids of those that do not obey it yet.
    public init(version: Int, plan: String, workers: Int, lagging: [String]) {
        self.version = version
        self.plan = plan
        self.workers = workers == 0 ? nil : workers
        self.lagging = workers == 0 ? nil : lagging
    }
}
