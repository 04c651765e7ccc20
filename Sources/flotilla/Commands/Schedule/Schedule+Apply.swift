import ArgumentParser
import Documents
import Forecast
import Foundation
import JobQueue
import Operations
import ScheduleConfiguration

extension Schedule {
    struct Apply: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Activate a schedule file, after showing what it will do.",
            discussion: """
                FILE's text becomes the active version, and the schedule file of the fleet on this host is overwritten
                with it, comments and all. Without FILE, or where FILE is that file, it keeps its bytes.

                An edit of the schedule file in its place that waits for review is activated by this command:
                'flotilla status' shows it. Ends with 6 when --plan is no longer what would be done, and with 5 when a
                risky change was not consented to.
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "The new file; else the one that the fleet reads.") var file: String?
        @Option(help: "The id of the plan that was reviewed: nothing else is applied.") var plan: String?
        @Option(help: "Only if the active version has this file's text: what the plan was compared with.")
        var against: String?
        @OptionGroup var load: LoadOptions
        @OptionGroup var consent: ConfirmationOptions

        func run() async throws {
            let composition = try Composition(common)
            let planner = SchedulePlanner(composition: composition, load: load)
            let own = composition.settings.schedulesPath
            let new = try planner.text(file ?? own)
            let change = ScheduleChange(
                composition: composition, load: load, consent: consent,
                words: ["schedule", "apply"] + (file.map { [FileArgument.word($0)] } ?? []),
                reviewed: plan, base: try against.map { ($0, try planner.text($0)) })
            try await change.make(
                to: new, file: file.flatMap { Self.isOne($0, own) ? nil : .replaced(by: $0) } ?? .isSource)
        }

        /// Whether two names lead to one file.
        private static func isOne(_ one: String, _ other: String) -> Bool {
            URL(fileURLWithPath: one).resolvingSymlinksInPath() == URL(fileURLWithPath: other).resolvingSymlinksInPath()
        }
    }

    struct Rollback: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put an earlier version of the active schedule again, as a new version.",
            discussion:
                "Without a version it lists those that are kept. The schedule file is written too if it is the version "
                + "that is rolled back and can be written; otherwise it is in conflict until somebody decides.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "The number of the version.") var version: Int?
        @Option(help: "The id of the plan that was reviewed: nothing else is applied.") var plan: String?
        @OptionGroup var load: LoadOptions
        @OptionGroup var consent: ConfirmationOptions

        func run() async throws {
            let composition = try Composition(common)
            guard let version else { return try await list(composition) }
            let stored = try await composition.withBroker { try await $0.schedules.schedule(version: version) }
            guard let stored else {
                throw CommandFailure(
                    .notFound,
                    "Version \(version) of the schedule is not kept. 'flotilla schedule rollback' lists those "
                        + "that are.")
            }
            let name = "version \(version)"
            let new = try ScheduleText(Array(stored.text.utf8), file: name, known: Composition.stored)
            let change = ScheduleChange(
                composition: composition, load: load, consent: consent, words: ["schedule", "rollback", "\(version)"],
                reviewed: plan, base: nil)
            try await change.make(to: new, file: .follows)
        }

        private func list(_ composition: Composition) async throws {
            let versions = try await composition.withBroker { try await $0.schedules.scheduleVersions() }
            guard !consent.json else {
                return Terminal.printDocument(versions.map { ScheduleVersionDocument($0) })
            }
            Terminal.printTable(
                ["VERSION", "STORED", "BY"],
                versions.map { ["\($0.number)", Timestamp.text($0.storedMilliseconds), Shown.line($0.author)] })
        }
    }
}

/// Activates a text as a version in Redis, and in the file that the fleet reads where that is wanted and possible.
///
/// Redis decides: a file that stays as it was is older than the version then, so it is in conflict, and no scheduler
/// that starts takes it for an edit. `apply` writes the file first, so that a crash between the two leaves an edit,
/// which is what was wanted.
struct ScheduleChange {
    let composition: Composition
    let load: LoadOptions
    let consent: ConfirmationOptions
    /// The command that makes this change, without its options.
    let words: [String]
    /// The plan that is asked for; nil for whatever it is.
    let reviewed: String?
    /// The file whose text has to be active; nil for whatever is.
    let base: (path: String, text: ScheduleText)?

    /// What becomes of the file that the fleet reads on this host.
    enum File {
        /// It is what is active.
        case isSource
        /// The file gets the active text, unless that is another schedule file of this host.
        case replaced(by: String)
        /// The same, but only if the file holds the replaced version: an edit in the file stays.
        case follows
    }

    /// - Parameter file: what becomes of the file that the fleet reads.
    func make(to new: ScheduleText, file: File) async throws {
        let planner = SchedulePlanner(composition: composition, load: load)
        let (old, number) = try await planner.inForce()
        var report = try await planner.report(from: try seen(old, number), to: new, asksRedis: true)
        try check(report, old, new, file)
        if consent.dryRun { report.apply = composition.settings.pasted(words + load.given + report.reviewed) }
        // People see the plan on stderr where stdout is the document.
        if !consent.json { report.printText() }
        var copy = FileCopy(composition.settings, of: old.text, to: new.text, file)
        let loss = try await copy.loss { text in
            try await composition.withBroker { try await $0.schedules.scheduleVersion(of: text) }
        }
        guard !consent.dryRun else {
            if consent.json { Terminal.printDocument(report.document) } else if let loss { print(loss.sentence) }
            return
        }
        if report.plan.isRisky {
            if consent.json { report.warnings.forEach(Terminal.complain) }
            try consent.demand("This is risky, as the warnings above say. Apply it all the same?")
        }
        if let loss {
            Terminal.complain(loss.sentence)
            if loss.isForGood { try consent.demand("Overwrite it all the same?") }
        }
        let version = try await apply(new, after: number, &copy)
        if let left = copy.left { Terminal.complain(left) }
        if !consent.json {
            if copy.isWritten { print("\(copy.path) was written.") }
            print("Version \(version) is active.")
        }
        let fleet = try await composition.withBroker { try await FleetVersions.obeyed(version, $0) }
        guard consent.json else {
            if !fleet.workers.isEmpty { print(fleet.obedience) }
            return
        }
        Terminal.printDocument(
            ScheduleAppliedDocument(
                version: version, plan: report.plan.id, workers: fleet.workers.count,
                lagging: fleet.others.map(\.id.description)))
    }

    /// What the plan was compared with.
    /// - Throws: `CommandFailure` when another version is active than the one that is asked for.
    private func seen(_ old: ScheduleText, _ number: Int) throws -> ScheduleText {
        guard let base, base.text.text != old.text else { return old }
        // Where nothing was ever active, nothing can have changed since.
        guard number > 0 else { return base.text }
        throw CommandFailure(
            .changed,
            "Version \(number) is active, and it is not \(Shown.line(base.path, 300)). "
                + "Look at '\(composition.settings.pasted(planWords))' again.")
    }

    /// The plan of this change.
    private var planWords: [String] {
        words.contains("rollback") ? words + ["--dry-run"] : words.map { $0 == "apply" ? "plan" : $0 }
    }

    /// - Throws: `CommandFailure` when another plan was reviewed than this one.
    private func check(_ report: PlanReport, _ old: ScheduleText, _ new: ScheduleText, _ file: File) throws {
        guard let reviewed, reviewed != report.plan.id else { return }
        if case .isSource = file, words.count == 2, old.text == new.text {
            throw CommandFailure(
                .changed,
                "Plan \(Shown.line(reviewed)) is of another file than \(composition.settings.schedulesPath), which is "
                    + "active already. Name the file that was planned: "
                    + "flotilla schedule apply FILE --plan \(ShellWords.quoted(Shown.line(reviewed)))")
        }
        throw CommandFailure(
            .changed,
            "Plan \(Shown.line(reviewed)) is out of date: the file or the active schedule has changed since, "
                + "and now it is \(report.plan.id). Look at '\(composition.settings.pasted(planWords))' again.")
    }

    /// - Returns: the version's number.
    private func apply(_ new: ScheduleText, after number: Int, _ copy: inout FileCopy) async throws -> Int {
        try await composition.withBroker { broker in
            // Checked once more right before the file is written: of two commands the second one must not write it.
            guard try await broker.schedules.scheduleNumber() == number else { throw overtaken }
            if case .replaced(let source) = copy.file, try await !Self.isScheduleFile(source, broker) {
                copy.writeFirst()
            }
            let stored = try await FleetOperator.here(broker).storeSchedule(
                new.text, "schedule.apply", by: Self.author, expecting: number)
            switch stored {
            case .stored(let version), .same(let version):
                copy.writeAfter()
                return version
            case .stale, .conflict:
                // The leader may have been quicker with the very text that was just written.
                if let newest = try await broker.schedules.schedule(), newest.text == new.text { return newest.number }
                copy.takeBack()
                throw overtaken
            }
        }
    }

    /// Whether a scheduler of this host reads that file.
    private static func isScheduleFile(_ path: String, _ broker: Broker) async throws -> Bool {
        let path = URL(fileURLWithPath: path).path
        return try await QueueInspector(broker: broker).schedulers().contains {
            $0.file.map { ($0.host, $0.path) == (ServiceRunner.host, path) } ?? false
        }
    }

    private var overtaken: CommandFailure {
        CommandFailure(
            .changed,
            "Somebody else has changed the schedule meanwhile; nothing was applied. Look at "
                + "'\(composition.settings.pasted(planWords))' again.")
    }

    private static var author: String {
        let user = ProcessInfo.processInfo.environment["SUDO_USER"] ?? NSUserName()
        return "\(user)@\(ServiceRunner.host)"
    }
}

/// The file that the fleet reads on this host, while another text is active.
struct FileCopy {
    let path: String
    private let old, new: String
    /// Activates the file as it is.
    private let command: String
    let file: ScheduleChange.File
    private let before: Data?
    private(set) var isWritten = false
    /// Why the file is left as it was, and what that means; nil when it is what is active.
    private(set) var left: String?

    init(_ settings: Settings, of old: String, to new: String, _ file: ScheduleChange.File) {
        path = settings.schedulesPath
        command = settings.pasted(["schedule", "apply", FileArgument.word(path)])
        self.old = old
        self.new = new
        self.file = file
        before = FileManager.default.contents(atPath: path)
    }

    /// What is lost of the file when it is overwritten; nil when it is not, or says the same.
    /// - Parameter version: the number of the kept version that has a text.
    func loss(_ version: (String) async throws -> Int?) async throws -> (sentence: String, isForGood: Bool)? {
        guard case .replaced(let source) = file, let before, before != Data(new.utf8) else { return nil }
        let begin = "\(path) will be overwritten with \(Shown.line(source, 300)), comments and all"
        guard before != Data(old.utf8) else { return ("\(begin); it is the active version, which is kept.", false) }
        if let number = try await version(String(decoding: before, as: UTF8.self)) {
            return ("\(begin); it is version \(number), which is kept.", false)
        }
        // Before the first version there is no edit of one.
        guard !old.isEmpty else { return ("\(begin); what it says now is kept nowhere.", false) }
        return ("\(begin), and with it an edit that was never active and is kept nowhere.", true)
    }

    mutating func writeFirst() { write() }

    /// Leaves a file alone that differs from the previously active version.
    mutating func writeAfter() {
        guard case .follows = file, let before, before != Data(new.utf8) else { return }
        guard before == Data(old.utf8) else { return leave("it was another text than the version that is replaced") }
        write()
    }

    mutating func takeBack() {
        guard isWritten, let before else { return }
        do {
            try ReplacedFile.write(before, to: path)
            isWritten = false
        } catch { Terminal.complain("\(path) could not be put back as it was: \(error)") }
    }

    private mutating func write() {
        // Where the fleet has no file, none is made.
        guard let before, before != Data(new.utf8) else { return }
        do {
            try ReplacedFile.write(Data(new.utf8), to: path)
            isWritten = true
        } catch {
            leave((error as? CommandFailure)?.message ?? "\(error)")
        }
    }

    private mutating func leave(_ why: String) {
        left = """
            \(path) was left as it is: \(why)
            It is in conflict with the active version, which stays active, also when schedulers start again. \
            'flotilla status' shows it until the file says the same, or this activates it: \(command)
            """
    }
}
