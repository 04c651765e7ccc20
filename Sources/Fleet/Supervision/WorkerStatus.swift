/// A worker as `FleetSupervisor.snapshot()` shows it.
public struct WorkerStatus: Sendable, Equatable {
    /// Whether the place has a process, and whether that process stays.
    public enum State: Sendable, Equatable {
        case running
        /// SIGTERM was sent; the process still runs.
        case draining
        /// Dead; restarts after a pause.
        case waiting
    }

    /// Pool and number, `trading-1`.
    public var name: String
    /// The name of its pool.
    public var pool: String
    /// `nil` while it waits.
    public var processID: Int32?
    /// The state when the snapshot was taken.
    public var state: State
    /// Since the process started, on the supervisor's clock; zero while it waits.
    public var uptime: Duration
    /// How many times this place was filled again since the fleet started.
    public var restarts: Int
    /// How the last process in this place ended.
    public var lastExit: ExitReason?
    /// It keeps dying early; the supervisor restarts it at the policy's cap until it stays up.
    public var isCrashLoop: Bool
}

/// A worker that has ended, as passed to `onExit`.
public struct WorkerExit: Sendable, Equatable {
    /// Pool and number, `trading-1`.
    public var name: String
    /// The name of its pool.
    public var pool: String
    /// The id of the ended process. By now the number may belong to another.
    public var processID: Int32
    /// How it ended, and the resources that it used.
    public var exit: ProcessExit
    /// From start to end, on the supervisor's clock.
    public var uptime: Duration
    /// Whether the fleet was draining it.
    public var wasDraining: Bool
}

/// The destination of the workers' standard output and standard error.
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
