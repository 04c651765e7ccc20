/// Decides when a process that follows the active version of the schedule has to read it. Pure.
///
/// A version that the process could not read is not read again, and the running version stays. The running version also
/// stays when Redis has no version.
public struct VersionFollower: Sendable {
    /// The version that the process uses; nil while it uses its own file.
    public private(set) var running: ScheduleStamp?
    /// The active version as last seen by the process.
    public private(set) var active: ScheduleStamp?
    /// The newest version that the process could not read.
    public private(set) var refused: ScheduleStamp?

    /// - Parameter running: the version that the process begins with; nil for its own file.
    public init(running: ScheduleStamp? = nil) {
        self.running = running
        active = running
    }

    /// Records the active version.
    /// - Returns: whether the process has to read it.
    public mutating func sees(_ active: ScheduleStamp?) -> Bool {
        self.active = active
        guard let active else { return false }
        return active != running && active != refused
    }

    /// Records that the process has read the version and uses it; clears the refused version.
    public mutating func takes(_ version: ScheduleStamp) {
        running = version
        active = version
        refused = nil
    }

    /// Records that this process cannot read the version.
    public mutating func refuses(_ version: ScheduleStamp) {
        active = version
        refused = version
    }

    /// Whether the active version is the one in use, or none is active.
    public var isUpToDate: Bool { active == nil || active == running }
}
