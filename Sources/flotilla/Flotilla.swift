import ArgumentParser
import Glibc

/// The command. Every subcommand is a file in `Commands/`.
@main
struct Flotilla: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flotilla",
        abstract: "A job queue and worker fleet on Redis for a trading system.",
        discussion: "'flotilla --version' prints the version.",
        subcommands: [
            Up.self, WorkerCommand.self, SchedulerCommand.self, APICommand.self, FleetCommand.self, ScaleCommand.self,
            Workers.self, Status.self, Enqueue.self, Jobs.self,
            Failed.self, Queues.self, Limits.self, Circuits.self, Schedule.self, Rebalance.self, Market.self,
            HaltCommand.self, ResumeCommand.self, Flatten.self, FuseCommand.self,
            OperationsCommand.self, DatabaseCommand.self, Doctor.self, Config.self, Sim.self, Bench.self,
            WhyCommand.self,
        ])

    /// As `--version` prints it.
    static let version = "0.1.0"

    /// Runs the command line; the exit status is that of CONTRACT's table (`ExitStatus`), usage errors included.
    static func main() async {
        StandardStreams.prepare()
        // The parser's own flag would take the place of a subcommand's '--version', and end a command that was not run
        // with 0.
        guard CommandLine.arguments.dropFirst() != ["--version"] else { return print(version) }
        do {
            try CommandWords.check(Array(CommandLine.arguments.dropFirst()))
            var command = try parseAsRoot()
            if isService(command) { StandardStreams.outliveOutput() }
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            LogLines.finish()
        } catch {
            LogLines.finish()
            end(with: error)
        }
    }

    /// Whether a command runs until it is stopped, even when nobody reads its output.
    private static func isService(_ command: any ParsableCommand) -> Bool {
        command is Up || command is WorkerCommand || command is SchedulerCommand || command is APICommand
            || command is FleetCommand.Run
    }

    private static func end(with error: any Error) -> Never {
        let asJSON = FailureReport.wantsJSON(Array(CommandLine.arguments.dropFirst()))
        if let failure = error as? CommandFailure ?? CommandFailure(known: error) {
            end(FailureReport(failure), asJSON)
        }
        let text = fullMessage(for: error)
        let code = exitCode(for: error)
        guard code != .success else {
            print(text)
            Glibc.exit(ExitStatus.done.rawValue)
        }
        // A bare exit status says all there is to say.
        if error is ExitCode { Glibc.exit(code.rawValue) }
        end(
            FailureReport(error, text: text, message: message(for: error), isUsage: code == .validationFailure), asJSON)
    }

    private static func end(_ report: FailureReport, _ asJSON: Bool) -> Never {
        report.tell(asJSON: asJSON)
        Glibc.exit(report.status.rawValue)
    }
}
