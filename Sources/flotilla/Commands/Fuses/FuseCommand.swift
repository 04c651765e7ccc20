import ArgumentParser
import Documents
import JobQueue
import Jobs
import Operations
import TestJobs
import Time

/// Parks matching jobs for a while.
struct FuseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fuse", abstract: "Keep jobs of a kind from running for a while; no attempt is spent.",
        subcommands: [List.self, Add.self, Remove.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The fuses of all queues.", aliases: ["ls"])

        @OptionGroup var common: CommonOptions
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            try await Composition(common).withBroker { broker in
                let queues = try await QueueInspector(broker: broker).queues()
                let fuses = try await FuseStore(broker: broker).fuses(of: queues)
                if json { return Terminal.printDocument(fuses.map { FuseDocument($0.fuse, queues: $0.queues) }) }
                let now = try await broker.clock.now()
                Terminal.printTable(
                    ["FUSE", "KIND", "MATCH", "QUEUES", "LEFT", "BY", "REASON"],
                    fuses.map { fuse, queues in
                        [
                            fuse.id, fuse.kind.description, FuseCommand.text(fuse.match),
                            queues.map(\.description).joined(separator: ","),
                            Shown.age(milliseconds: fuse.until - now), fuse.who, Shown.line(fuse.reason),
                        ]
                    })
            }
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Park jobs of a kind when a worker would take them; they are released step by step afterwards.")

        @OptionGroup var common: CommonOptions
        @Option(help: "The kind of the jobs.") var kind: String
        @Option(help: "Only jobs with this argument, NAME=VALUE, such as product=SOL-USD; may be given again.")
        var match: [String] = []
        @Option(help: "Only in this queue; else in all.") var queue: String?
        @Option(name: .customLong("for"), help: "How long, such as 1h.") var duration: String
        @Option(help: "Why, for those who wonder.") var reason: String
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            let length = Duration.milliseconds(try DurationParser.milliseconds(duration))
            let definition = try FuseCommand.definition(of: kind)
            let pairs = try FuseCommand.pairs(match)
            try await Composition(common).withBroker { broker in
                var queues = try await QueueInspector(broker: broker).queues()
                if let queue {
                    queues = [try await Queues.known(queue, broker)]
                } else if !queues.contains(definition.queue) {
                    queues.append(definition.queue)
                }
                let fuse = try await FleetOperator.here(broker).addFuse(
                    kind: definition.kind, match: pairs, for: length, why: reason, to: queues)
                if json { return Terminal.printDocument(FuseDocument(fuse, queues: queues)) }
                let names = queues.map(\.description).joined(separator: ", ")
                print("fuse \(fuse.id) parks \(kind) jobs\(pairs.isEmpty ? "" : " with " + FuseCommand.text(pairs))")
                print("in \(names) for \(duration). Let them run with: flotilla fuse remove \(fuse.id)")
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let the jobs run again: a few at first, then twice as many each second.", aliases: ["rm"])

        @OptionGroup var common: CommonOptions
        @Argument(help: "Its id, as 'flotilla fuse list' shows it.") var id: String
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            try await Composition(common).withBroker { broker in
                let queues = try await QueueInspector(broker: broker).queues()
                let removed = try await FleetOperator.here(broker).removeFuse(id, from: queues)
                guard !removed.isEmpty else {
                    throw CommandFailure(
                        .notFound,
                        "No fuse is called '\(Shown.line(id))'. See the ones there are with 'flotilla fuse list'.")
                }
                if json { return Terminal.printDocument(FuseRemovedDocument(id, queues: removed)) }
                print("removed fuse \(id); its jobs are released step by step")
            }
        }
    }

    /// - Throws: `CommandFailure` with status `usage` for a kind that this program does not have.
    private static func definition(of kind: String) throws -> KindDefinition {
        let kinds = JobCatalog.kinds + TestJobCatalog.kinds
        if let definition = kinds.first(where: { $0.name == kind }) { return definition }
        let names = JobCatalog.kinds.map(\.name).sorted().joined(separator: ", ")
        throw CommandFailure(.usage, "No job kind is called '\(Shown.line(kind))'. Use one of: \(names).")
    }

    /// - Throws: `CommandFailure` with status `usage` for a text that is not NAME=VALUE, or a name that comes twice.
    static func pairs(_ texts: [String]) throws -> [String: String] {
        var pairs: [String: String] = [:]
        for text in texts {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, !parts[0].isEmpty, pairs[parts[0]] == nil else {
                throw CommandFailure(
                    .usage,
                    "--match '\(Shown.line(text))' is no pair, or names an argument again. Use NAME=VALUE, such as "
                        + "product=SOL-USD.")
            }
            pairs[parts[0]] = parts[1]
        }
        return pairs
    }

    private static func text(_ match: [String: String]) -> String {
        match.isEmpty ? "-" : match.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    }
}
