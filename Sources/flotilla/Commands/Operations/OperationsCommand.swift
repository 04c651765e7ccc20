import ArgumentParser
import Documents
import Foundation
import JobQueue
import Operations
import Time

/// What people changed at this fleet.
struct OperationsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "operations", abstract: "What people changed at this fleet, and taking it back.",
        subcommands: [Log.self, Undo.self, Watch.self, Abort.self], defaultSubcommand: Log.self)

    struct Log: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Who changed what, when and why, newest first; written in the same step as the change.")

        @OptionGroup var common: CommonOptions
        @Option(help: "Only changes of this time until now, such as 1h.") var since: String?
        @Option(help: "At most so many, 1 to 1000.") var limit = 50
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            guard (1...1_000).contains(limit) else {
                throw CommandFailure(.usage, "--limit is \(limit). Use 1 to 1000.")
            }
            let age = try since.map { try DurationParser.milliseconds($0) }
            let composition = try Composition(common)
            var now = Int64((composition.now().timeIntervalSince1970 * 1_000).rounded())
            var (rows, missing): ([(entry: OperatorLogEntry, obstacle: String?)], [any Error]) = ([], [])
            do {
                rows = try await composition.withBroker { broker in
                    now = try await broker.clock.now()
                    return try await OperatorLog(broker: broker).entries(limit: limit)
                        .map { ($0, Undoability(of: $0, at: now).obstacle) }
                }
            } catch { missing.append(error) }
            let ledger = composition.operatorLedger
            var isKept = false
            do {
                let kept = try await ledger.entries(limit)
                isKept = kept != nil
                rows += (kept ?? []).map { ($0, ledger.undoability($0).obstacle) }
            } catch { missing.append(error) }
            // One of the two is enough; what of the other is missing is said.
            if let first = missing.first, missing.count == 2 || !isKept && rows.isEmpty { throw first }
            for error in missing { Terminal.complain("A part of the log is missing: \(error)") }
            let oldest = age.map { now - $0 } ?? .min
            show(Array(rows.filter { $0.entry.at >= oldest }.sorted { $0.entry.at > $1.entry.at }.prefix(limit)))
        }

        private func show(_ rows: [(entry: OperatorLogEntry, obstacle: String?)]) {
            if json { return Terminal.printDocument(rows.map { OperatorLogEntryDocument($0, obstacle: $1) }) }
            Terminal.printTable(
                ["ID", "AT", "WHO", "ACTION", "TARGET", "BEFORE", "AFTER", "UNDO", "WHY"],
                Self.operations(rows).map { parts in
                    let (entry, obstacle) = parts[0]
                    return [
                        Self.operation(entry), Timestamp.text(entry.at), entry.who, entry.action, entry.target,
                        Shown.line(parts[parts.count - 1].entry.before, 40), Shown.line(entry.after, 40),
                        entry.undoneBy.map { "by \($0)" } ?? (obstacle == nil ? "yes" : "no"), entry.why,
                    ]
                })
        }

        /// The entries of each operation, newest first; one without an id stands alone.
        private static func operations(
            _ rows: [(entry: OperatorLogEntry, obstacle: String?)]
        ) -> [[(entry: OperatorLogEntry, obstacle: String?)]] {
            var (operations, places): ([[(entry: OperatorLogEntry, obstacle: String?)]], [String: Int]) = ([], [:])
            for row in rows {
                let name = operation(row.entry)
                if let place = places[name], !name.isEmpty {
                    operations[place].append(row)
                } else {
                    places[name] = operations.count
                    operations.append([row])
                }
            }
            return operations
        }

        /// Entries after the first have a number behind the operation's id.
        private static func operation(_ entry: OperatorLogEntry) -> String { String(entry.id.prefix { $0 != "." }) }
    }
}

extension Undoability {
    /// Why it cannot be undone; nil when it can.
    var obstacle: String? { if case .not(let why) = self { why } else { nil } }
}

extension FleetOperator {
    /// The person at this terminal.
    static func here(_ broker: Broker) -> FleetOperator {
        FleetOperator("\(NSUserName())@\(ServiceRunner.host)", broker: broker)
    }
}
