import ScheduleConfiguration
import Documents
import Foundation
import JobQueue
import Scheduler

/// Problems of the schedule that are shown until they are resolved: files that differ from the active version, and
/// entries whose last handled time is ahead of the clock. Works with every scheduler dead, from the data in Redis.
struct ScheduleHealth {
    /// The file state of each scheduler with a heartbeat within the last minute; one for each file.
    let files: [FileStanding]
    /// By how far the last handled time of an entry is ahead of the clock of Redis, in milliseconds.
    let ahead: [(entry: String, milliseconds: Int64)]
    /// The options that printed commands need.
    private let options: [String]

    /// - Parameter file: the active schedule; nil when it cannot be read.
    init(_ settings: Settings, _ broker: Broker, _ file: ScheduleFile?) async throws {
        options = settings.given
        var files: [FileStanding] = []
        for file in try await QueueInspector(broker: broker).schedulers().compactMap(\.file) {
            let other = files.firstIndex { ($0.host, $0.path) == (file.host, file.path) }
            guard let other else {
                files.append(file)
                continue
            }
            // Of two schedulers with one file, the newer report counts.
            if file.since > files[other].since { files[other] = file }
        }
        self.files = files
        ahead = try await Self.ahead(file?.schedules ?? [], broker)
    }

    private static func ahead(
        _ entries: [ScheduleEntry], _ broker: Broker
    ) async throws -> [(entry: String, milliseconds: Int64)] {
        let queues = try Set(entries.map { try QueueName($0.queue) }).sorted()
        let last = try await broker.schedules.lastTicks(of: entries.map(\.name), in: queues)
        let now = try await broker.clock.now()
        return entries.compactMap { entry in
            guard let time = last[entry.name], entry.isAhead(time, now: now) else { return nil }
            return (entry.name, time - now)
        }
    }

    /// The first problem of the schedule with its remedy; nil when there is none.
    var trouble: String? {
        if let file = files.first(where: \.isTrouble) { return "\(file.sentence ?? ""). \(remedy(file))" }
        return ahead.isEmpty ? nil : "\(clockSentence). \(Self.clockRemedy)"
    }

    /// One line for each fact to display.
    var lines: [String] {
        let shown = files.compactMap { file in
            file.sentence.map { "schedule file: \(Shown.line($0, 2_000)). \(remedy(file))" }
        }
        return shown + (ahead.isEmpty ? [] : ["clock: \(clockSentence). \(Self.clockRemedy)"])
    }

    var checks: [Check] {
        var checks = files.compactMap { file -> Check? in
            guard let sentence = file.sentence else { return nil }
            return Check(
                name: "schedule file", level: file.isTrouble ? .fail : .warn, seen: Shown.line(sentence, 2_000),
                remedy: remedy(file))
        }
        if !ahead.isEmpty { checks.append(.fail("clock", clockSentence, Self.clockRemedy)) }
        return checks
    }

    var fileDocuments: [ScheduleFileDocument] { files.map { ScheduleFileDocument($0, options: options) } }

    var aheadDocuments: [AheadOfClockDocument] {
        ahead.map { AheadOfClockDocument(entry: $0.entry, aheadMs: $0.milliseconds) }
    }

    private var clockSentence: String {
        let far = ahead.max { $0.milliseconds < $1.milliseconds }
        let rest = ahead.count > 1 ? " and \(ahead.count - 1) more entries" : ""
        return "the last handled time of '\(far?.entry ?? "")'\(rest) is "
            + "\(Shown.age(milliseconds: far?.milliseconds ?? 0)) ahead of the clock of Redis"
    }

    private static let clockRemedy =
        "Set the clock right. A scheduler that leads goes on from now, and enqueues nothing twice."

    private func remedy(_ file: FileStanding) -> String {
        let advice = file.advice(options)
        return advice.isEmpty ? "Mend the file." : Shown.line(advice, 2_000)
    }
}

/// Compares the schedule file of this host with the active version by their content; no scheduler need run here.
struct LocalFileCheck {
    let composition: Composition

    func check(_ broker: Broker) async throws -> Check? {
        let path = composition.settings.schedulesPath
        guard let active = try await broker.schedules.schedule(), let own = try? composition.loadedSchedule() else {
            return nil
        }
        let name = "active file"
        guard own.text != active.text else { return .ok(name, "\(path) is version \(active.number), the active one") }
        let difference = (try? Composition.parse(active)).map { EntrySummary(from: $0, to: own.file).line }
        let equals = try await broker.schedules.scheduleVersion(of: own.text).map { "it equals version \($0)" }
        return .warn(
            name,
            "\(path) is not the active schedule, which is version \(active.number) of \(Shown.line(active.author)): "
                + "\(equals ?? difference ?? "it differs")",
            "To activate it: \(composition.settings.pasted(["schedule", "apply", FileArgument.word(path)]))")
    }
}
