import ArgumentParser
import Foundation
import JobQueue
import Scheduler

extension Schedule {
    struct Apply: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put a schedule file in force, after showing what it will do.",
            discussion:
                "Ends with 6 when --plan is no longer what would be done, and with 5 when a risky change was not "
                + "consented to.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "The new file; else the one that the fleet reads.") var file: String?
        @Option(help: "The id of the plan that was reviewed: nothing else is applied.") var plan: String?
        @OptionGroup var load: LoadOptions
        @OptionGroup var consent: Consent

        func run() async throws {
            let composition = try Composition(common)
            let new = try SchedulePlanner(composition: composition, load: load)
                .text(file ?? composition.settings.schedulesPath)
            try await ScheduleChange(composition: composition, load: load, consent: consent).make(
                to: new, reviewed: plan, isGivenFile: file != nil)
        }
    }

    struct Rollback: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put an earlier version of the schedule in force again, as a new version.",
            discussion: "Without a version it lists those that are kept.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "The number of the version.") var version: Int?
        @Option(help: "The id of the plan that was reviewed: nothing else is applied.") var plan: String?
        @OptionGroup var load: LoadOptions
        @OptionGroup var consent: Consent

        func run() async throws {
            let composition = try Composition(common)
            guard let version else { return try await list(composition) }
            let stored = try await composition.withBroker { try await $0.schedule(version: version) }
            guard let stored else {
                throw CommandFailure(
                    .notFound,
                    "Version \(version) of the schedule is not kept. 'flotilla schedule rollback' lists those "
                        + "that are.")
            }
            let name = "version \(version)"
            let new = try ScheduleText(Array(stored.text.utf8), file: name, kinds: Composition.scheduledKinds)
            try await ScheduleChange(composition: composition, load: load, consent: consent).make(
                to: new, reviewed: plan, isGivenFile: true)
        }

        private func list(_ composition: Composition) async throws {
            let versions = try await composition.withBroker { try await $0.scheduleVersions() }
            guard !consent.json else {
                return JSONDocument.array(
                    versions.map {
                        .object([
                            ("version", .int($0.number)), ("at", .time($0.storedMilliseconds)),
                            ("by", .string($0.author)),
                        ])
                    }
                ).printDocument()
            }
            Terminal.printTable(
                ["VERSION", "STORED", "BY"],
                versions.map { ["\($0.number)", Timestamp.text($0.storedMilliseconds), Shown.line($0.author)] })
        }
    }
}

/// Puts a text in force: first in the file that the fleet reads, then as a version in Redis.
///
/// In this order because a crash between the two is harmless then: the leader finds a file that has changed and makes
/// it a version itself, which is what was wanted. The other way round, the next scheduler to start would find the old
/// file, take it for a newer edit, and undo the change.
struct ScheduleChange {
    let composition: Composition
    let load: LoadOptions
    let consent: Consent

    /// - Parameters:
    ///   - reviewed: the plan that is asked for; nil for whatever it is.
    ///   - isGivenFile: whether the text is another file's, so that the one that the fleet reads has to be written.
    func make(to new: ScheduleText, reviewed: String?, isGivenFile: Bool) async throws {
        let planner = SchedulePlanner(composition: composition, load: load)
        let (old, number) = try await planner.inForce()
        let report = try await planner.report(from: old, to: new, asksRedis: true)
        if let reviewed, reviewed != report.plan.id {
            throw CommandFailure(
                .changed,
                "Plan \(Shown.line(reviewed)) is out of date: the file or the schedule in force has changed since, "
                    + "and now it is \(report.plan.id). Look at 'flotilla schedule plan' again.")
        }
        // People see the plan on stderr where stdout is the document.
        if !consent.json { report.printText() }
        guard !consent.dryRun else {
            if consent.json { report.document.printDocument() }
            return
        }
        if report.plan.isRisky {
            if consent.json { report.warnings.forEach(Terminal.complain) }
            try consent.demand("This asks limits for more than they give. Apply it all the same?")
        }
        let version = try await apply(new, after: number, isGivenFile: isGivenFile)
        if !consent.json { print("Version \(version) is in force.") }
        let fleet = try await composition.withBroker { try await FleetVersions.obeyed(version, $0) }
        guard consent.json else {
            if !fleet.workers.isEmpty { print(fleet.obedience) }
            return
        }
        var members: [(String, JSONDocument)] = [("version", .int(version)), ("plan", .string(report.plan.id))]
        if !fleet.workers.isEmpty {
            members += [
                ("workers", .int(fleet.workers.count)),
                ("lagging", .array(fleet.others.map { .string($0.id.description) })),
            ]
        }
        JSONDocument.object(members).printDocument()
    }

    /// - Returns: the version's number.
    private func apply(_ new: ScheduleText, after number: Int, isGivenFile: Bool) async throws -> Int {
        let path = composition.settings.schedulesPath
        return try await composition.withBroker { broker in
            // Asked once more right before the file is touched: whoever comes second should leave it alone.
            guard try await broker.scheduleNumber() == number else { throw Self.overtaken }
            let before = FileManager.default.contents(atPath: path)
            let bytes = Data(new.text.utf8)
            if isGivenFile, before != bytes { try ReplacedFile.write(bytes, to: path) }
            switch try await broker.storeSchedule(new.text, by: Self.author, expecting: number) {
            case .stored(let version), .same(let version): return version
            case .stale, .conflict:
                // The leader may have been quicker with the very text that was just written.
                if let newest = try await broker.schedule(), newest.text == new.text { return newest.number }
                if isGivenFile, let before { try ReplacedFile.write(before, to: path) }
                throw Self.overtaken
            }
        }
    }

    private static var overtaken: CommandFailure {
        CommandFailure(
            .changed,
            "Somebody else has changed the schedule meanwhile; nothing was applied. Look at "
                + "'flotilla schedule plan' again.")
    }

    private static var author: String {
        let user = ProcessInfo.processInfo.environment["SUDO_USER"] ?? NSUserName()
        return "\(user)@\(ProcessLife.host)"
    }
}
