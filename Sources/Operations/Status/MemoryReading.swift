public import Documents
public import JobQueue
public import ScheduleConfiguration

/// What the fleet's data takes in Redis, by use, and what bounds each: estimates from samples.
public struct MemoryReading: Sendable {
    /// One use of memory.
    public struct Use: Sendable, Equatable {
        /// `jobs`, `history`, `dead`, `schedule`, `cache` or `other`.
        public let name: String
        /// An estimate.
        public let bytes: Int
        /// What keeps it from growing for ever, in words.
        public let bound: String
    }

    /// In a fixed order; `other` is what Redis uses beside the rest.
    public let uses: [Use]

    /// Reads samples of every queue's keys; changes nothing.
    /// - Parameters:
    ///   - file: the active schedule; nil when it cannot be read.
    ///   - used: bytes that Redis uses in all; nil when that is not known.
    ///   - cache: bytes of the market cache; nil when that is not known.
    /// - Throws: `JobQueueError`, also when our user may not run MEMORY.
    public init(_ file: ScheduleFile?, _ broker: Broker, used: Int?, cache: Int?) async throws {
        let inspector = QueueInspector(broker: broker)
        var sum = QueueMemory()
        for queue in try await inspector.queues() { sum += try await inspector.memory(of: queue) }
        uses = Self.uses(sum, file?.queues ?? [], used: used, cache: cache)
    }

    /// Pure, of what was read.
    static func uses(_ memory: QueueMemory, _ rules: [QueueRules], used: Int?, cache: Int?) -> [Use] {
        let known = memory.jobs + memory.history + memory.dead + memory.schedule + (cache ?? 0)
        return [
            Use(name: "jobs", bytes: memory.jobs, bound: waiting(rules)),
            Use(name: "history", bytes: memory.history, bound: history(rules)),
            Use(name: "dead", bytes: memory.dead, bound: dead(rules)),
            Use(
                name: "schedule", bytes: memory.schedule,
                bound: "ticks of two days, \(ScheduleStore.tickHistoryLimit) records an entry"),
            Use(name: "cache", bytes: cache ?? 0, bound: "each value ends one minute to three hours after its refresh"),
            Use(
                name: "other", bytes: max(0, (used ?? known) - known),
                bound: "Redis itself, reports of workers, 1000 entries of the operator log a subject"),
        ]
    }

    private static func waiting(_ rules: [QueueRules]) -> String {
        let bounded = rules.compactMap { rule in rule.settings.maxWaiting.map { "\(rule.name) \($0)" } }
        let rest = bounded.count < rules.count || rules.isEmpty ? "no max_waiting: Redis' memory alone" : ""
        return ([bounded.isEmpty ? "" : "max_waiting: " + bounded.joined(separator: ", "), rest])
            .filter { !$0.isEmpty }.joined(separator: "; else ")
    }

    private static func history(_ rules: [QueueRules]) -> String {
        let times = Set(rules.map(\.maintenance.retention.milliseconds)).sorted()
        let shown = times.isEmpty ? ["1d"] : times.map { Shown.age(milliseconds: $0) }
        return "the last 1000 jobs of a queue that ended, for \(shown.joined(separator: " or "))"
    }

    private static func dead(_ rules: [QueueRules]) -> String {
        let bounded = rules.compactMap { rule -> String? in
            let age = rule.maintenance.deadAge.map { Shown.age(milliseconds: $0.milliseconds) }
            let count = rule.maintenance.deadCount.map { "\($0) jobs" }
            let parts = [age, count].compactMap(\.self)
            return parts.isEmpty ? nil : "\(rule.name) \(parts.joined(separator: " and "))"
        }
        guard !bounded.isEmpty else { return "kept until a person decides" }
        let rest = bounded.count < rules.count ? "; else kept until a person decides" : ""
        return "dead_retention: " + bounded.joined(separator: ", ") + rest
    }

    /// As `status --memory --json` prints them.
    public var documents: [MemoryUseDocument] {
        uses.map { MemoryUseDocument(use: $0.name, bytes: $0.bytes, bound: $0.bound) }
    }
}
