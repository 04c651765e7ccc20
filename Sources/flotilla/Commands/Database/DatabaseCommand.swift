import ArgumentParser

/// The database file itself; what stands in it is shown by other commands.
struct DatabaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "db", abstract: "Copies and checks the database.",
        subcommands: [Backup.self, Restore.self, Check.self])
}
