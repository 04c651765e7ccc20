/// The maintenance rules of a queue.
public struct MaintenanceRules: Sendable, Equatable {
    /// Crashes after which a job is dead.
    public var maxCrashes: Int
    /// How long finished jobs are kept.
    public var retention: Duration
    /// Dead letters older than this are exported and removed; nil keeps them until an operator decides.
    public var deadAge: Duration?
    /// Dead letters beyond the newest so many are exported and removed; nil keeps all.
    public var deadCount: Int?
    /// How often a canary travels through the queue; nil for never.
    public var canary: Duration?

    /// The defaults: 3 crashes, finished jobs are kept for a day, dead letters stay, and there are no canaries.
    public init(
        maxCrashes: Int = 3, retention: Duration = .seconds(86_400), deadAge: Duration? = nil, deadCount: Int? = nil,
        canary: Duration? = nil
    ) {
        self.canary = canary
        self.maxCrashes = maxCrashes
        self.retention = retention
        self.deadAge = deadAge
        self.deadCount = deadCount
    }
}
