import ArgumentParser
import Documents
import Forecast
import Foundation
import JobQueue
import ScheduleConfiguration
import Time

extension Schedule {
    struct Simulate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Run a schedule on a clock of its own: lateness, tokens, overlaps, hour by hour.",
            discussion:
                "The same at every run with the same --from and figures. Exit status 0; with --exit-code 1 when a "
                + "limit or reserve is asked for too much, or jobs expire, time out or pile up.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "The file; else the one that the fleet reads.") var file: String?
        @Option(name: .customLong("for"), help: "How long, such as 24h or 7d.") var length = "24h"
        @Option(help: "From when, such as 2026-03-29 or 2026-03-29T08:00:00Z; else from now.") var from: String?
        @Option(help: "POOL=N: so many processes instead of the file's.") var workers: [String] = []
        @Option(help: "FROM..TO: the fleet is down meanwhile; times, or how long after the start, as 2h..3h.")
        var outage: [String] = []
        @Flag(help: "End with 1 when it does not go well.") var exitCode = false
        @Flag(
            help: "Simulate what has passed, and compare it with what the fleet did; 1 unless they agree.")
        var compare = false
        @OptionGroup var load: LoadOptions
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            let composition = try Composition(common)
            var schedule = try composition.schedule(file)
            try setWorkers(&schedule)
            let now = Int64(Date().timeIntervalSince1970 * 1_000)
            var length = try DurationParser.milliseconds(length)
            var start = try from.map { try Moment.milliseconds($0, "--from") } ?? (compare ? now - length : now)
            var span: ComparedSpan?
            if compare {
                let text = try SchedulePlanner(composition: composition, load: load)
                    .text(file ?? composition.settings.schedulesPath).text
                let (begin, end) = (start, start + length)
                let found = try await composition.withBroker { try await ComparedSpan(text, from: begin, to: end, $0) }
                (start, length, span) = (found.from, found.to - found.from, found)
            }
            let outages = try outage.map { try Moment.range($0, after: start) }
            let gathered = try await load.facts(composition)
            var simulation = LoadForecast(
                file: schedule, facts: gathered.facts, from: start, for: length, outages: outages)
            let text = SimulationText(
                report: simulation.run(),
                load: LoadModel(file: schedule, facts: gathered.facts).load(from: start, for: length),
                notes: gathered.notes)
            if let span { return try await compareWithFleet(text, schedule, gathered.facts, span, composition) }
            if json { Terminal.printDocument(text.document) } else { text.printText() }
            if exitCode, !text.isWell { throw ExitCode(1) }
        }

        private func compareWithFleet(
            _ text: SimulationText, _ schedule: ScheduleFile, _ facts: LoadFacts, _ span: ComparedSpan,
            _ composition: Composition
        ) async throws {
            let comparison = try await composition.withBroker { broker in
                try await LiveComparison.read(text.report, of: schedule, facts, span, broker)
            }
            if json { Terminal.printDocument(comparison.document) } else { comparison.printText() }
            if !comparison.agrees || !comparison.hasEvidence { throw ExitCode(1) }
        }

        private func setWorkers(_ schedule: inout ScheduleFile) throws {
            for word in workers {
                let halves = word.split(separator: "=", maxSplits: 1)
                guard halves.count == 2, let count = Int(halves[1]), (0...1_000).contains(count),
                    let pool = schedule.pools.firstIndex(where: { $0.name == halves[0] })
                else {
                    let names = schedule.pools.map(\.name).joined(separator: ", ")
                    throw CommandFailure(
                        .usage, "'\(Shown.line(word))' does not fit --workers. Write POOL=N, with one of: \(names).")
                }
                schedule.pools[pool].processes = count
            }
        }
    }
}

/// Times as people give them.
enum Moment {
    /// - Throws: `CommandFailure` with status `usage`.
    static func milliseconds(_ text: String, _ option: String) throws -> Int64 {
        let isDay = text.wholeMatch(of: /[0-9]{4}-[0-9]{2}-[0-9]{2}/) != nil
        return try Timestamp.milliseconds(isDay ? text + "T00:00:00Z" : text, option)
    }

    /// `FROM..TO`: two times, or two durations after a start.
    static func range(_ text: String, after start: Int64) throws -> Range<Int64> {
        let ends = text.components(separatedBy: "..")
        guard ends.count == 2 else {
            throw CommandFailure(.usage, "'\(Shown.line(text))' is no stretch of time. Write it like 2h..3h.")
        }
        let times = try ends.map { end in
            try (try? DurationParser.milliseconds(end)).map { start + $0 } ?? milliseconds(end, "--outage")
        }
        guard times[0] < times[1] else {
            throw CommandFailure(.usage, "'\(Shown.line(text))' ends before it begins. Write it like 2h..3h.")
        }
        return times[0]..<times[1]
    }
}
