import ArgumentParser
import Documents
import JobQueue
import Operations

extension OperationsCommand {
    struct Undo: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take a change back, if nothing has moved on since.",
            discussion: """
                What it does is one step in Redis or in the database, and an operation of its own: undo that one to do \
                the change again. Jobs that have run and orders that were sent cannot be taken back. Ends with 6 when \
                the change is undone already, or when what it left is something else by now.
                'flotilla operations log' shows the ids. Example:
                  flotilla operations log --since 1h
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "The id of the operation, or a beginning of it.") var id: String
        @Option(help: "Why, for those who wonder.") var reason = ""
        @OptionGroup var consent: ConfirmationOptions

        func run() async throws {
            let composition = try Composition(common)
            try await composition.withBroker { broker in
                let undo = FleetOperator.here(broker).undoing(composition.operatorLedger)
                let operation = try await undo.find(id)
                if let obstacle = try await undo.obstacle(to: operation) { throw obstacle }
                let changes = try await UndoPreview(broker: broker).lines(of: operation)
                if !consent.yes || consent.dryRun { changes.forEach(Terminal.complain) }
                guard !consent.dryRun else {
                    return report(UndoneOperation(), operation, changes)
                }
                try consent.demand("Undo \(operation.id)?")
                let done = try await undo.undo(operation, why: reason)
                report(done, operation, changes)
                try await followSchedule(operation, composition, broker)
            }
        }

        private func report(_ done: UndoneOperation, _ operation: FoundOperation, _ changes: [String]) {
            if consent.json {
                return Terminal.printDocument(
                    UndoDocument(
                        operation: operation.id, undoneBy: done.id, entries: done.entries, restored: done.restored,
                        changes: changes))
            }
            guard let id = done.id else { return print("would undo \(operation.id)") }
            print("undone: \(operation.id); 'flotilla operations undo \(id)' does it again")
        }

        /// The schedule file of this host follows the version, as with 'flotilla schedule rollback'.
        private func followSchedule(
            _ operation: FoundOperation, _ composition: Composition, _ broker: Broker
        ) async throws {
            guard operation.entries.contains(where: { $0.subject == "scheduler" }),
                let version = try await broker.schedules.schedule(),
                let before = try await broker.schedules.schedule(version: version.number - 1)
            else { return }
            var copy = FileCopy(composition.settings, of: before.text, to: version.text, .follows)
            copy.writeAfter()
            if let left = copy.left { Terminal.complain(left) }
        }
    }
}
