import ArgumentParser
import Forecast
import Foundation
import JobQueue
import Operations
import ScheduleConfiguration

extension Schedule {
    struct Plan: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what a schedule file would do, before it does it.",
            discussion: "Exit status 0; with --exit-code 1 when there are changes, as diff does.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "The new file; else the one that the fleet reads.") var file: String?
        @Option(help: "Compare with this file instead of the active version; needs no Redis.") var against: String?
        @Flag(help: "End with 1 when there are changes.") var exitCode = false
        @OptionGroup var load: LoadOptions
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            let composition = try Composition(common)
            var report = try await SchedulePlanner(composition: composition, load: load).report(
                file: file, against: against)
            let names = (file.map { [FileArgument.word($0)] } ?? []) + (against.map { ["--against", $0] } ?? [])
            report.apply = composition.settings.pasted(
                ["schedule", "apply"] + names + load.given + report.reviewed)
            if json { Terminal.printDocument(report.document) } else { report.printText() }
            if exitCode, !report.plan.difference.isEmpty { throw ExitCode(1) }
        }
    }
}

extension PlanReport {
    /// What ties a command to this plan: its id, and for a risky one the consent of its reader.
    var reviewed: [String] { ["--plan", plan.id] + (plan.isRisky ? ["--yes"] : []) }
}

/// Works out plans for the commands that show or make changes.
struct SchedulePlanner {
    let composition: Composition
    let load: LoadOptions

    /// - Parameters:
    ///   - file: the new file; nil for the one that the fleet reads.
    ///   - against: the file to compare with; nil for the active version.
    func report(file: String?, against: String?) async throws -> PlanReport {
        let new = try text(file ?? composition.settings.schedulesPath)
        if let against { return try await report(from: try text(against), to: new, asksRedis: false) }
        return try await report(from: try await inForce().text, to: new, asksRedis: true)
    }

    func report(from old: ScheduleText, to new: ScheduleText, asksRedis: Bool) async throws -> PlanReport {
        let gathered = try await load.facts(composition, asksRedis: asksRedis)
        let now = Int64(Date().timeIntervalSince1970 * 1_000)
        let plan = SchedulePlan(from: old, to: new, facts: gathered.facts, at: now)
        let waiting =
            asksRedis ? try await composition.withBroker { try await PlanReport.waiting(for: plan, $0) } : nil
        return PlanReport(plan, waiting: waiting, notes: gathered.notes)
    }

    func text(_ path: String) throws -> ScheduleText {
        let read = { () throws(ConfigurationError) in try ScheduleText(path: path, known: Composition.scheduled) }
        return path == composition.settings.schedulesPath ? try composition.own(read) : try read()
    }

    /// The version that the schedulers go by, and its number; an empty one and 0 where there never was one.
    func inForce() async throws -> (text: ScheduleText, number: Int) {
        guard let stored = try await composition.withBroker({ try await $0.schedules.schedule() }) else {
            return (.none, 0)
        }
        let name = "version \(stored.number) in Redis"
        let text = try ScheduleText(Array(stored.text.utf8), file: name, known: Composition.stored)
        return (text, stored.number)
    }
}
