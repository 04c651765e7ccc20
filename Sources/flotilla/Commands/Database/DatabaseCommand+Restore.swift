import ArgumentParser
import Documents
import Foundation
import JobQueue
import Ledger

extension DatabaseCommand {
    struct Restore: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Puts a backup in the place of the database, which is kept beside it.",
            discussion: """
                Refuses while a process of the fleet, or any other program, has the database open. What was ordered \
                since the backup is not in it: 'flotilla schedule run reconcile-orders' asks the exchange afterwards.
                """)

        @OptionGroup var common: CommonOptions
        @OptionGroup var confirmation: ConfirmationOptions
        @Argument(help: "The backup.") var file: String

        func run() async throws {
            let composition = try Composition(common)
            let address = try LedgerAddress(composition.settings.databaseURL)
            try await refuseLive(composition, address)
            // A backup that is none is refused before anybody is asked.
            let found = try await looked()
            guard found.damage.isEmpty else {
                throw CommandFailure(
                    .refused, "\(Shown.line(file, 300)) is damaged: \(found.damage[0]). Name another backup.")
            }
            let shown = Shown.line(address.path, 300)
            if confirmation.dryRun {
                if confirmation.json { return Terminal.printDocument(DatabaseCheckDocument(found)) }
                print("\(Shown.line(file, 300)), \(Shown.bytes(found.bytes)), would take the place of \(shown)")
                return
            }
            try confirmation.demand("Put \(Shown.line(file, 300)) in the place of \(shown)?")
            let stamp = Int64(Date().timeIntervalSince1970 * 1_000)
            let done = try await Ledger.restore(file, to: address, keeping: "\(address.path).before-\(stamp)")
            if confirmation.json { return Terminal.printDocument(DatabaseBackupDocument(done)) }
            print("\(shown): restored, \(Shown.bytes(done.bytes)), schema \(done.schemaVersion)")
            if let kept = done.kept { print("the database that was there is \(Shown.line(kept, 300)) now") }
        }

        private func looked() async throws -> LedgerReport {
            let shown = Shown.line(file, 300)
            guard FileManager.default.fileExists(atPath: file) else {
                throw CommandFailure(.notFound, "There is no file \(shown). Name a backup.")
            }
            do {
                return try await Ledger.check(LedgerAddress(path: file))
            } catch LedgerError.notADatabase {
                throw CommandFailure(.usage, "\(shown) is no SQLite database. Name a backup.")
            }
        }

        /// Without Redis nothing is known of a fleet; a connection that is open is found all the same.
        private func refuseLive(_ composition: Composition, _ address: LedgerAddress) async throws {
            let path = URL(fileURLWithPath: address.path).resolvingSymlinksInPath().path
            let live: [LedgerSighting]
            do {
                live = try await composition.withBroker { try await LedgerRegistry(broker: $0).live() }
            } catch {
                let failure = error as? CommandFailure ?? CommandFailure(known: error)
                guard failure?.status == .unreachable || failure?.status == .notFound else { throw error }
                Terminal.complain("Redis says nothing of a fleet: \(failure?.message ?? "it cannot be reached").")
                return
            }
            let holders = live.filter { $0.host != ServiceRunner.host || $0.path == path }.map(\.holder)
            guard holders.isEmpty else {
                throw CommandFailure(
                    .refused,
                    "A fleet writes to \(Shown.line(address.path, 300)): \(holders.joined(separator: ", ")). Stop it, "
                        + "and repeat the command.")
            }
        }
    }
}
