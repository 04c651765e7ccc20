/// Decides when a process that follows the active version of the schedule has to read it. Pure.
///
/// A version that it could not read is not read again, and what runs goes on. A Redis without any version says nothing:
/// what runs goes on then, too.
public struct VersionFollower: Sendable {
    /// The version that the process goes by; nil while it goes by its own file.
    public private(set) var running: ScheduleStamp?
    /// The version that is active as far as the process knows.
    public private(set) var active: ScheduleStamp?
    /// The newest version that it could not read.
    public private(set) var refused: ScheduleStamp?

    /// - Parameter running: the version that the process begins with; nil for its own file.
    public init(running: ScheduleStamp? = nil) {
        self.running = running
        active = running
    }

    /// Notes which version is active.
    /// - Returns: whether it is to be read.
    public mutating func sees(_ active: ScheduleStamp?) -> Bool {
        self.active = active
        guard let active else { return false }
        return active != running && active != refused
    }

    /// Notes that the process has read the version and goes by it; a refused version is forgotten.
    public mutating func takes(_ version: ScheduleStamp) {
        running = version
        active = version
        refused = nil
    }

    /// The version cannot be read here.
    public mutating func refuses(_ version: ScheduleStamp) {
        active = version
        refused = version
    }

    /// Whether no other version is active than the one it goes by.
    public var isUpToDate: Bool { active == nil || active == running }
}
