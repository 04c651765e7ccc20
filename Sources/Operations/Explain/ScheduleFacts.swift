import Documents
import JobQueue
import ScheduleConfiguration
import Scheduler

/// What is read of a schedule entry, or of one entity of it, to say why it does not run.
struct ScheduleFacts: Sendable {
    /// `entry`, or `entry#entity`.
    var name: String
    /// Nil for an entry that is not in the active schedule.
    var entry: ScheduleEntry?
    var entity: String?
    /// The number of the active version; 0 for none.
    var version = 0
    /// The scheduler that leads; nil when none does.
    var leader: String?
    /// Those with a heartbeat within the last minute.
    var schedulers: [SchedulerHeartbeat] = []
    /// The first file that an operator has to look at, and what can be done about it.
    var file: (standing: FileStanding, remedy: String)?
    /// Those of the entry and of the entity that hold now.
    var pauses: [EntryPause] = []
    /// The newest records of its ticks, newest first.
    var records: [TickRecord] = []
    /// Nominal time of the last handled tick; nil for none.
    var last: Int64?
    /// Unix milliseconds.
    var now: Int64

    /// The entry's own name.
    static func entryName(_ text: String) -> String { String(text.prefix { $0 != "#" }) }

    /// The entity behind `#`; nil for none.
    static func entity(_ text: String) -> String? {
        text.firstIndex(of: "#").map { String(text[text.index(after: $0)...]) }
    }
}

extension ScheduleFacts {
    /// Reads Redis, and changes nothing.
    /// - Parameter text: `entry`, or `entry#entity`.
    init(_ text: String, _ view: FleetView, options: [String]) async throws {
        let broker = view.broker
        let inspector = QueueInspector(broker: broker)
        let active = try? await view.activeSchedule()
        name = text
        entity = Self.entity(text)
        let own = Self.entryName(text)
        entry = active?.schedules.first { $0.name == own }
        now = try await broker.clock.now()
        version = try await broker.schedules.scheduleNumber()
        leader = try await inspector.leader()?.holder
        schedulers = try await inspector.schedulers()
        let health = try await ScheduleHealth(active, broker, options: options)
        file = health.files.first(where: \.isTrouble).map { ($0, health.remedy($0)) }
        let queues = try await inspector.queues()
        records = try await broker.schedules.tickHistory(of: own, in: queues, limit: 20).records
        guard let entry else { return }
        let queue = try QueueName(entry.queue)
        last = try await broker.schedules.lastTicks(of: [own], in: [queue])[own]
        let now = now
        pauses = try await broker.schedules.entryPauses(in: queue)
            .filter { ($0.name == own || $0.name == text) && $0.holds(at: now) }
    }
}
