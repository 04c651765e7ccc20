public import Documents
public import JobQueue
public import ScheduleConfiguration
import Scheduler

/// Problems of the schedule that are shown until they are resolved: files that differ from the active version, and
/// entries whose last handled time is ahead of the clock. Works with every scheduler dead, from the data in Redis.
public struct ScheduleHealth: Sendable {
    /// The file state of each scheduler with a heartbeat within the last minute; one for each file.
    public let files: [FileStanding]
    /// By how far the last handled time of an entry is ahead of the clock of Redis, in milliseconds.
    public let ahead: [(entry: String, milliseconds: Int64)]
    /// The options that printed commands need.
    private let options: [String]

    /// Reads Redis, and changes nothing.
    /// - Parameters:
    ///   - file: the active schedule; nil when it cannot be read.
    ///   - options: what the printed commands need to reach this fleet, as words of a command line.
    public init(_ file: ScheduleFile?, _ broker: Broker, options: [String]) async throws {
        self.options = options
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
    public var trouble: String? {
        if let file = files.first(where: \.isTrouble) { return "\(file.sentence ?? ""). \(remedy(file))" }
        return ahead.isEmpty ? nil : "\(clockSentence). \(Self.clockRemedy)"
    }

    /// One line for each fact to display.
    public var lines: [String] {
        let shown = files.compactMap { file in
            file.sentence.map { "schedule file: \(Shown.line($0, 2_000)). \(remedy(file))" }
        }
        return shown + (ahead.isEmpty ? [] : ["clock: \(clockSentence). \(Self.clockRemedy)"])
    }

    /// As `status` shows them.
    public var fileDocuments: [ScheduleFileDocument] { files.map { ScheduleFileDocument($0, options: options) } }

    /// As `status` shows them.
    public var aheadDocuments: [AheadOfClockDocument] {
        ahead.map { AheadOfClockDocument(entry: $0.entry, aheadMs: $0.milliseconds) }
    }

    /// How far which entries are ahead, without its full stop.
    public var clockSentence: String {
        let far = ahead.max { $0.milliseconds < $1.milliseconds }
        let rest = ahead.count > 1 ? " and \(ahead.count - 1) more entries" : ""
        return "the last handled time of '\(far?.entry ?? "")'\(rest) is "
            + "\(Shown.age(milliseconds: far?.milliseconds ?? 0)) ahead of the clock of Redis"
    }

    /// What a person can do about entries that are ahead.
    public static let clockRemedy =
        "Set the clock right. A scheduler that leads goes on from now, and enqueues nothing twice."

    /// What a person can do about a file that is not the active version.
    public func remedy(_ file: FileStanding) -> String {
        let advice = file.advice(options)
        return advice.isEmpty ? "Mend the file." : Shown.line(advice, 2_000)
    }
}
