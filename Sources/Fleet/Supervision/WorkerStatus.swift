/// A worker as `FleetSupervisor.snapshot()` shows it.
public struct WorkerStatus: Sendable, Equatable {
    /// Whether the place has a process, and whether it is to keep it.
    public enum State: Sendable, Equatable {
        case running
        /// Told to end; still there.
        case draining
        /// Dead, and to be started again after a pause.
        case waiting
    }

    /// Pool and number, `trading-1`.
    public var name: String
    /// The name of its pool.
    public var pool: String
    /// `nil` while it waits.
    public var processID: Int32?
    /// What the supervisor knew when the snapshot was taken.
    public var state: State
    /// Since the process started, on the supervisor's clock; zero while it waits.
    public var uptime: Duration
    /// How many times this place was filled again since the fleet started.
    public var restarts: Int
    /// How the last process in this place ended.
    public var lastExit: ExitReason?
    /// It keeps dying early; it is tried again at the policy's cap until it stays up.
    public var isCrashLoop: Bool
}

/// A worker that has ended, as `onExit` is told.
public struct WorkerExit: Sendable, Equatable {
    /// Pool and number, `trading-1`.
    public var name: String
    /// The name of its pool.
    public var pool: String
    /// Of the process that is gone. By now the number may belong to another.
    public var processID: Int32
    /// How it ended, and what it had cost.
    public var exit: ProcessExit
    /// From start to end, on the supervisor's clock.
    public var uptime: Duration
    /// The fleet had told it to end.
    public var wasDraining: Bool
}

/// Where the workers' standard output and standard error go.
public enum WorkerOutput: Sendable {
    case inherited
    /// To a closure: the worker's name and one line without its end. It must return soon; see `ChildOutput.lines`.
    case lines(@Sendable (_ worker: String, _ line: String) -> Void)

    func childOutput(of worker: String) -> ChildOutput {
        switch self {
        case .inherited: .inherited
        case .lines(let receive): .lines { line in if let line { receive(worker, line) } }
        }
    }
}
