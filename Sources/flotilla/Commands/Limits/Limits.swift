import ArgumentParser
import Documents
import Foundation
import JobQueue
import Operations
import ScheduleConfiguration
import Time

struct Limits: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Token buckets that the whole fleet shares.",
        subcommands: [List.self, Set.self, Reset.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Each bucket with what it holds.", aliases: ["ls"])

        @OptionGroup var common: CommonOptions
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            let composition = try Composition(common)
            let file = try await composition.withBroker { try await composition.activeSchedule($0) }
            let levels = try await composition.withBroker { try await composition.limiter(file, $0).levels() }
            if json { return Terminal.printDocument(levels.map { LimitDocument($0) }) }
            Terminal.printTable(
                ["LIMIT", "RATE", "BURST", "AVAILABLE", "STATE"],
                levels.map { level in
                    let state = level.isSet ? "set by hand" : "as in the file"
                    let closed = "closed for \(Shown.age(milliseconds: level.closedMilliseconds))"
                    return [
                        level.bucket.name, "\(level.bucket.ratePerSecond)/s", "\(level.bucket.burst)",
                        String(format: "%.1f", level.available), level.closedMilliseconds > 0 ? closed : state,
                    ]
                })
        }
    }

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Another rate than the file's, for the whole fleet, at once and until it is reset.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "Its name.") var name: String
        @Argument(help: "Such as 5/s or 300/m.") var rate: String
        @Option(help: "Tokens when full, instead of the file's.") var burst: Int?
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            let composition = try Composition(common)
            let file = try await composition.withBroker { try await composition.activeSchedule($0) }
            try Limits.check(name, file)
            let wanted = try DurationParser.rate(rate)
            guard burst.map({ (1...1_000_000).contains($0) }) ?? true else {
                throw CommandFailure(.usage, "--burst is \(burst ?? 0). Use 1 to 1000000.")
            }
            try await composition.withBroker { broker in
                let acting = FleetOperator.here(broker).acting("limit.set", on: name)
                try await composition.limiter(file, acting)
                    .set(
                        name, ratePerSecond: wanted.perSecond, burst: burst,
                        windowMilliseconds: Int(wanted.periodMilliseconds))
            }
            if json { return Terminal.printDocument(try await Limits.level(name, file, composition)) }
            print("\(name) gives \(rate) from now on; 'flotilla limits reset \(name)' goes back to the file")
        }
    }

    struct Reset: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Back to the file's rate.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "Its name.") var name: String
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            let composition = try Composition(common)
            let file = try await composition.withBroker { try await composition.activeSchedule($0) }
            try Limits.check(name, file)
            let changed = try await composition.withBroker { broker in
                let acting = FleetOperator.here(broker).acting("limit.reset", on: name)
                return try await composition.limiter(file, acting).reset(name)
            }
            if json { return Terminal.printDocument(try await Limits.level(name, file, composition)) }
            print(changed ? "\(name) is as in the file again" : "\(name) was as in the file")
        }
    }

    /// One bucket as `list` shows it.
    private static func level(
        _ name: String, _ file: ScheduleFile, _ composition: Composition
    ) async throws -> LimitDocument? {
        let levels = try await composition.withBroker { try await composition.limiter(file, $0).levels() }
        return levels.first { $0.bucket.name == name }.map { LimitDocument($0) }
    }

    /// - Throws: `CommandFailure` with status `notFound` for a limit that the file does not have.
    private static func check(_ name: String, _ file: ScheduleFile) throws {
        guard !file.limits.contains(where: { $0.name == name }) else { return }
        let names = file.limits.isEmpty ? "none" : file.limits.map(\.name).joined(separator: ", ")
        throw CommandFailure(.notFound, "No limit is called '\(name)' in the schedule file. There are: \(names).")
    }
}
