/// How a process ended, and the resources that it used.
public struct ProcessExit: Sendable, Equatable {
    /// How it ended, as the kernel reported it to the parent.
    public var reason: ExitReason
    /// Peak resident memory in bytes, as the kernel reports it (`ru_maxrss`).
    ///
    /// Never below the memory of the starting process at the spawn: the kernel counts the moment before `exec`.
    public var maxRSSBytes: Int
    /// Processor time of the process and the children it waited for, user and system together.
    public var processorTime: Duration

    /// The defaults are for a process whose resource use is not known.
    public init(reason: ExitReason, maxRSSBytes: Int = 0, processorTime: Duration = .zero) {
        self.reason = reason
        self.maxRSSBytes = maxRSSBytes
        self.processorTime = processorTime
    }
}

/// Why a process ended.
public enum ExitReason: Sendable, Equatable, CustomStringConvertible {
    /// It ended by itself, with this status, 0 to 255.
    case exited(Int32)
    /// A signal ended it; 9 is also what the kernel sends when memory runs out.
    case signalled(Int32)
    /// It never ran: `posix_spawn` refused with this `errno`.
    case notStarted(errno: Int32)
    /// It was reaped elsewhere, for instance because SIGCHLD is ignored in this process; its status is lost.
    case unknown

    /// Whether it ended by itself as it should: with status 0, or to be replaced.
    public var isClean: Bool { self == .exited(0) || isRecycled }

    /// The status with which a worker ends that wants another in its place at once. systemd's
    /// `Restart=on-failure` starts another too.
    public static let recycledStatus: Int32 = 79

    /// Whether it ended so that another takes its place, without having failed.
    public var isRecycled: Bool { self == .exited(Self.recycledStatus) }

    /// A predicate for a sentence, such as `exited with status 1`.
    public var description: String {
        switch self {
        case .exited(let status): "exited with status \(status)"
        case .signalled(let signal): "was ended by signal \(signal)"
        case .notStarted(let code): "could not be started (errno \(code))"
        case .unknown: "ended, its status is unknown"
        }
    }
}
