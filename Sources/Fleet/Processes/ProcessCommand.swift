/// A program to start, its arguments and its whole environment.
///
/// The process inherits no variables: it gets only those in `environment`. The fleet adds `FLOTILLA_PARENT_FD` for
/// processes that watch their parent, and `FLOTILLA_WORKER_NAME` for workers.
public struct ProcessCommand: Sendable, Equatable {
    /// Path of the program; without a slash it is looked up in the `PATH` of the *starting* process.
    public var executable: String
    /// Without the program's own name.
    public var arguments: [String]
    /// The whole environment; two variables are added when the process starts, see above.
    public var environment: [String: String]

    /// Starts nothing and checks nothing.
    public init(_ executable: String, arguments: [String] = [], environment: [String: String] = [:]) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
    }

    func adding(_ name: String, _ value: String) -> ProcessCommand {
        var copy = self
        copy.environment[name] = value
        return copy
    }
}
