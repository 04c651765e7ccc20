import ArgumentParser
import Documents
import Ledger

extension DatabaseCommand {
    struct Backup: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Writes the database as it is now to another file, while the fleet runs.",
            discussion: "The copy is checked whole before it gets its name. It holds every bot, order and fill.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "The new file.") var file: String
        @Flag(help: "Replace the file if it exists.") var force = false
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            let settings = try Settings(common)
            guard !file.isEmpty else { throw CommandFailure(.usage, "The name is empty. Give the name of a new file.") }
            let made = try await Ledger.backUp(
                try LedgerAddress(settings.databaseURL), to: file, replacing: force)
            if json { return Terminal.printDocument(DatabaseBackupDocument(made)) }
            print("\(Shown.line(made.path, 300)): \(Shown.bytes(made.bytes)), schema \(made.schemaVersion), whole")
        }
    }
}

extension DatabaseBackupDocument {
    init(_ backup: LedgerBackup) {
        self.init(path: backup.path, bytes: backup.bytes, schemaVersion: backup.schemaVersion, kept: backup.kept)
    }
}
