import ArgumentParser

/// Flags of commands that destroy or run again.
struct ConfirmationOptions: ParsableArguments {
    @Flag(help: "Do not ask.") var yes = false
    @Flag(help: "Show what would be touched, and stop.") var dryRun = false
    @Flag(help: "One JSON document on stdout.") var json = false

    /// - Throws: `CommandFailure` with status `refused` when the operator did not confirm.
    func demand(_ question: String) throws {
        guard !yes, !Terminal.confirm(question) else { return }
        throw CommandFailure(.refused, "Nothing was changed. Say --yes to do it without being asked.")
    }
}
