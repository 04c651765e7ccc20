import ArgumentParser
import Documents
import JobQueue
import Operations
import ScheduleConfiguration
import Time

struct Circuits: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Dependencies that are left alone while they fail.",
        subcommands: [List.self, Open.self, Reset.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Each dependency with its state.", aliases: ["ls"])

        @OptionGroup var common: CommonOptions
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            let composition = try Composition(common)
            let rules = try await composition.withBroker { try await composition.activeSchedule($0).circuits }
            let (states, now) = try await composition.withBroker { broker in
                (
                    try await CircuitBreaker(broker: broker, circuits: rules).states(),
                    try await broker.clock.now()
                )
            }
            if json { return Terminal.printDocument(states.map { CircuitDocument($0) }) }
            Terminal.printTable(
                ["CIRCUIT", "STATE", "FOR", "LEFT", "OPENED", "REASON"],
                states.map { state in
                    [
                        state.name, state.phase.rawValue,
                        state.sinceMilliseconds.map { Shown.age(milliseconds: now - $0) } ?? "-",
                        state.untilMilliseconds.map { Shown.age(milliseconds: $0 - now) } ?? "-",
                        "\(state.openings)", state.line,
                    ]
                })
        }
    }

    struct Open: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Start no jobs of a dependency for a while. They wait; that costs no attempt.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "Its name.") var name: String
        @Option(name: .customLong("for"), help: "How long, such as 10m; then one job tries.") var duration: String
        @Option(help: "Why, for those who wonder.") var reason = ""
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            let length = Duration.milliseconds(try DurationParser.milliseconds(duration))
            guard length >= .seconds(1), length <= .seconds(30 * 86_400) else {
                throw CommandFailure(.usage, "--for is \(duration). Use 1s to 30d.")
            }
            let composition = try Composition(common)
            let rules = try await Circuits.known(name, composition)
            let state = try await composition.withBroker { broker in
                let acting = FleetOperator.here(broker).acting("circuit.open", on: name, why: reason)
                let breaker = CircuitBreaker(broker: acting, circuits: rules)
                try await breaker.open(name, for: length, reason: reason)
                return try await breaker.states().first { $0.name == name }
            }
            if json, let state { return Terminal.printDocument(CircuitDocument(state)) }
            print("\(name) is open for \(duration); 'flotilla circuits reset \(name)' closes it")
        }
    }

    struct Reset: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Close it now, and forget the failures that were counted.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "Its name.") var name: String
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            let composition = try Composition(common)
            let rules = try await Circuits.known(name, composition)
            let changed = try await composition.withBroker { broker in
                let acting = FleetOperator.here(broker).acting("circuit.reset", on: name)
                return try await CircuitBreaker(broker: acting, circuits: rules).reset(name)
            }
            if json { return Terminal.printDocument(CircuitResetDocument(name, changed: changed)) }
            print(changed ? "\(name) is closed" : "\(name) was closed, without failures")
        }
    }

    /// All circuits, if one has that name.
    /// - Throws: `CommandFailure` with status `notFound` for a circuit that the file does not have.
    private static func known(_ name: String, _ composition: Composition) async throws -> [CircuitRules] {
        let rules = try await composition.withBroker { try await composition.activeSchedule($0).circuits }
        guard !rules.contains(where: { $0.name == name }) else { return rules }
        let names = rules.isEmpty ? "none" : rules.map(\.name).sorted().joined(separator: ", ")
        throw CommandFailure(.notFound, "No circuit is called '\(name)' in the schedule file. There are: \(names).")
    }
}

extension CircuitState {
    /// Why it is open, or what is counted.
    fileprivate var line: String {
        guard phase == .closed else { return Shown.line(isByHand ? "by hand: \(reason)" : reason) }
        let counts = failures.sorted { $0.key < $1.key }.map { "\($0.value) failed with \($0.key)" }
        return counts.joined(separator: ", ")
    }

    /// One line for a circuit that is not closed.
    func sentence(at now: Int64) -> String {
        let since = sinceMilliseconds.map { " since \(Shown.age(milliseconds: now - $0))" } ?? ""
        let until = untilMilliseconds.map { ", for another \(Shown.age(milliseconds: $0 - now))" } ?? ""
        return "circuit \(name): \(phase.rawValue)\(since)\(until)" + (line.isEmpty ? "" : ": \(line)")
    }
}
