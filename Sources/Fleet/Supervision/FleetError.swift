import Glibc

/// Errors of the fleet or one of its processes.
public enum FleetError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A plan that cannot be carried out; `problem` is a sentence with the valid form.
    case invalidPlan(pool: String, problem: String)
    /// `posix_spawn` or the preparation for it failed with this `errno`. No process exists.
    case cannotStart(executable: String, errno: Int32)
    /// The system refused a pipe, with this `errno`.
    case noPipe(errno: Int32)
    /// The variable that names the parent's pipe holds something that is not an open descriptor.
    case badParentDescriptor(value: String)
    /// A rolling restart ended early because this worker's replacement did not stay up.
    case rollStopped(worker: String)
    /// `run()` was called a second time.
    case alreadyRun

    /// The error and its remedy; an `errno` is shown as text.
    public var description: String {
        switch self {
        case .invalidPlan(let pool, let problem):
            "pool '\(pool)': \(problem)"
        case .cannotStart(let executable, let code):
            "Cannot start \(executable): \(Self.meaning(of: code)). Check that the file exists and may be executed."
        case .noPipe(let code):
            "Cannot open a pipe: \(Self.meaning(of: code)). Raise the limit on open files (ulimit -n)."
        case .badParentDescriptor(let value):
            "\(ParentWatch.variable) is '\(value)', which is not an open descriptor. "
                + "Unset it; only the fleet sets it, for the workers it starts."
        case .rollStopped(let worker):
            "The rolling restart stopped at \(worker): its replacement did not stay up. The workers after it still "
                + "run the old program. Look at that worker's log, then restart again."
        case .alreadyRun:
            "A fleet runs once. Make a new FleetSupervisor to run it again."
        }
    }

    private static func meaning(of code: Int32) -> String {
        guard let text = strerror(code) else { return "error \(code)" }
        return String(cString: text)
    }
}
