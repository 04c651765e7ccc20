import ArgumentParser
import Documents
import JobQueue
import Operations

extension OperationsCommand {
    struct Watch: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Follow a change of many jobs, until it is over.",
            discussion: "Ends with 1 when it was aborted, or when the process that ran it is gone.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "Its id, or a beginning of it.") var id: String
        @Flag(help: "How it is now, as one JSON document on stdout.") var json = false

        private static let look = Duration.milliseconds(500)

        func run() async throws {
            let composition = try Composition(common)
            let run = try await composition.withBroker { broker in
                var run = try await OperationsCommand.bulk(id, broker)
                if json { return run }
                print(run.line)
                while run.state == .running {
                    try await Following.sleep(for: Self.look)
                    guard let now = try await BulkRuns(broker: broker).run(run.id) else { break }
                    if now.line != run.line { print(now.line) }
                    run = now
                }
                return run
            }
            if json { return Terminal.printDocument(BulkRunDocument(run)) }
            guard run.state == .done else {
                throw CommandFailure(.failed, "\(run.line). The same command again goes on with the rest.")
            }
        }
    }

    struct Abort: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a change of many jobs end after its present step; the rest stays as it is.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "Its id, or a beginning of it.") var id: String
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            try await Composition(common).withBroker { broker in
                let run = try await OperationsCommand.bulk(id, broker)
                let fleet = FleetOperator.here(broker)
                let asked = try await fleet.abort(run)
                guard asked || run.state == .running && run.abortedBy != nil else {
                    throw CommandFailure(.changed, "\(run.line); there is nothing to abort.")
                }
                guard json else { return print("\(run.id) ends after its present step") }
                Terminal.printDocument(BulkRunDocument(try await BulkRuns(broker: broker).run(run.id) ?? run))
            }
        }
    }

    /// - Throws: `CommandFailure` with status `notFound`, or `usage` for the beginning of several.
    private static func bulk(_ id: String, _ broker: Broker) async throws -> BulkRun {
        let found = try await BulkRuns(broker: broker).find(id)
        guard let run = found.first else {
            throw CommandFailure(
                .notFound, "No change of many jobs is called '\(Shown.line(id))', or it was over a day ago.")
        }
        guard found.count == 1 || run.id == id else {
            let names = found.map(\.id).joined(separator: ", ")
            throw CommandFailure(.usage, "'\(Shown.line(id))' is the beginning of several: \(Shown.line(names, 300)).")
        }
        return run
    }
}

extension BulkRun {
    /// How far it is.
    fileprivate var line: String {
        let rest = failed > 0 ? ", \(failed) could not be" : ""
        let end = abortedBy.map { " by \($0)" } ?? ""
        return
            "\(id) \(action) \(target): \(state.rawValue)\(state == .aborted ? end : "") at \(done) of \(total)\(rest)"
    }
}
