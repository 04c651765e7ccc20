public import JobQueue

/// Takes back what operators changed. Each entry of the operator log is taken back by one script or one transaction,
/// which refuses what has moved on since and writes an entry of its own: that one can be undone as well.
public struct OperationUndo: Sendable {
    private let broker: Broker
    private let who: String
    private let ledger: OperatorLedger?

    init(_ who: String, broker: Broker, ledger: OperatorLedger?) {
        self.who = who
        self.broker = broker
        self.ledger = ledger
    }

    /// Finds an operation in the logs of Redis and of the ledger.
    /// - Parameter id: its id or the beginning of it.
    public func find(_ id: String) async throws(UndoError) -> FoundOperation {
        let log = OperatorLog(broker: broker)
        let name = OperatorLog.name(id)
        var found = try await queue { () throws(JobQueueError) in try await log.find(id) }
        var isOfLedger = false
        if found.isEmpty, let ledger {
            for entry in try await ledger.entries(Self.ledgerEntries) ?? [] where entry.id.hasPrefix(name) {
                found[entry.id, default: []].append(entry)
            }
            if let exact = found[name] { found = [name: exact] }
            isOfLedger = !found.isEmpty
        }
        guard found.count < 2 else { throw .ambiguous(id, found.keys.sorted()) }
        guard let (operation, entries) = found.first else { throw .notFound(id) }
        return FoundOperation(id: operation, entries: entries, isOfLedger: isOfLedger)
    }

    private static let ledgerEntries = 1_000

    /// Whether an operation can be undone, as far as the log tells; nil when a part of it can.
    public func obstacle(to operation: FoundOperation) async throws(UndoError) -> UndoError? {
        let now = try await queue { () throws(JobQueueError) in try await broker.clock.now() }
        var first: UndoError?
        for entry in operation.entries {
            let undoability = operation.isOfLedger ? ledger?.undoability(entry) : nil
            switch undoability ?? Undoability(of: entry, at: now) {
            case .undoable: return nil
            case .not(let why):
                first =
                    first ?? entry.undoneBy.map { .alreadyUndone(operation: operation.id, by: $0) }
                    ?? .notUndoable(operation: operation.id, why: why)
            }
        }
        return first
    }

    /// Undoes an operation, its newest entry first. Entries that were undone before are left out.
    /// - Throws: `UndoError.moved` with how many entries were undone until then.
    public func undo(_ operation: FoundOperation, why: String = "") async throws(UndoError) -> UndoneOperation {
        if let obstacle = try await obstacle(to: operation) { throw obstacle }
        var done = UndoneOperation()
        var previous: Broker?
        for entry in operation.entries where entry.undoneBy == nil {
            if operation.isOfLedger, let ledger {
                let undoer = try await ledger.undo(entry, who, ActionInverse.name(takingBack: entry.action))
                done.add(1, undoer.id)
                continue
            }
            let note = OperatorNote(
                by: who, ActionInverse.name(takingBack: entry.action), entry.target, why: why, undoes: entry.id)
            let acting = broker.noting(note, continuing: previous)
            previous = acting
            let count = try await undo(entry, acting, undone: done.entries)
            done.add(count, acting.operationID)
        }
        return done
    }

    /// - Returns: how many fields, jobs or versions are as before.
    private func undo(_ entry: OperatorLogEntry, _ acting: Broker, undone: Int) async throws(UndoError) -> Int {
        let answer: RestoreAnswer
        switch ActionInverse.of(entry.action).form {
        case .nothing(let why): throw .notUndoable(operation: entry.id, why: why)
        case .setting(let make):
            let now = try await queue { () throws(JobQueueError) in try await broker.clock.now() }
            guard let change = make(entry, broker.keyspace, now) else { throw unreadable(entry) }
            answer = try await queue { () throws(JobQueueError) in try await acting.restore(change) }
        case .jobs:
            guard let name = try? QueueName(entry.subject) else { throw unreadable(entry) }
            let other = try await otherQueue(entry, name)
            answer = try await queue { () throws(JobQueueError) in
                try await acting.restoreJobs(of: entry.id, in: name, and: other)
            }
        case .schedule: answer = try await restoreSchedule(entry, acting)
        case .fuse: answer = try await restoreFuse(entry, acting)
        case .workerOrder: answer = try await restoreOrder(entry, acting)
        }
        switch answer {
        case .restored(let count): return count
        case .moved(let what, let now):
            throw .moved(operation: entry.id, what: Self.sentence(what, now), undone: undone)
        case .gone: throw .notUndoable(operation: entry.id, why: "Nothing of it is in the bin.")
        }
    }

    /// The queue that the replacement of an edited job is in, if it is another one.
    private func otherQueue(_ entry: OperatorLogEntry, _ name: QueueName) async throws(UndoError) -> QueueName? {
        guard ActionInverse.root(of: entry.action) == "dead.edit" else { return nil }
        return try await queue { () throws(JobQueueError) in
            try await OperatorBin(broker: broker).jobs(in: name, of: entry.id, limit: 2)
                .compactMap(\.otherQueue).first
        }
    }

    private func restoreSchedule(_ entry: OperatorLogEntry, _ acting: Broker) async throws(UndoError) -> RestoreAnswer {
        guard let before = Self.number(entry.before), let after = Self.number(entry.after) else {
            throw unreadable(entry)
        }
        let (active, left, version) = try await queue { () throws(JobQueueError) in
            let store = broker.schedules
            return (
                try await store.schedule(), try await store.schedule(version: after),
                try await store.schedule(version: before)
            )
        }
        guard let version else {
            throw .notUndoable(operation: entry.id, why: "Version \(before) of the schedule is no longer kept.")
        }
        // A later version with the same text, such as an undo of another edit makes it, is no obstacle.
        guard let active, active.number == after || active.text == left?.text else {
            return .moved(what: "version \(active?.number ?? 0) of the schedule is active", now: "")
        }
        let stored = try await queue { () throws(JobQueueError) in
            try await acting.schedules.storeSchedule(version.text, by: who, expecting: active.number)
        }
        switch stored {
        case .stored: return .restored(1)
        case .same(let newest), .conflict(let newest), .stale(let newest):
            return .moved(what: "version \(newest) of the schedule is active", now: "")
        }
    }

    private func restoreFuse(_ entry: OperatorLogEntry, _ acting: Broker) async throws(UndoError) -> RestoreAnswer {
        guard let name = try? QueueName(entry.subject) else { throw unreadable(entry) }
        let answer = try await queue { () throws(JobQueueError) in
            try await FuseStore(broker: acting).takeBack(entry, in: name)
        }
        guard let answer else { throw unreadable(entry) }
        return answer
    }

    private func restoreOrder(_ entry: OperatorLogEntry, _ acting: Broker) async throws(UndoError) -> RestoreAnswer {
        let answer = try await queue { () throws(JobQueueError) in
            try await FleetStore(broker: acting).takeBack(entry)
        }
        guard let answer else { throw unreadable(entry) }
        return answer
    }

    private func unreadable(_ entry: OperatorLogEntry) -> UndoError {
        .notUndoable(operation: entry.id, why: "Its entry in the log does not tell what was before.")
    }

    /// A number that stands in the log as JSON text.
    private static func number(_ text: String) -> Int? { Int(text.filter { $0 != "\"" }) }

    private static func sentence(_ what: String, _ now: String) -> String {
        if now.isEmpty { return what.isEmpty ? "there is more in it than was left" : what }
        return "\(what): \(PlainText.line(now, limit: 120))"
    }

    private func queue<Value>(_ body: () async throws(JobQueueError) -> Value) async throws(UndoError) -> Value {
        do throws(JobQueueError) { return try await body() } catch {
            guard case .alreadyUndone(let operation, let undoer) = error else { throw .queue(error) }
            throw .alreadyUndone(operation: operation, by: undoer)
        }
    }
}

/// An operation of the operator log.
public struct FoundOperation: Sendable, Equatable {
    /// `op-…`.
    public let id: String
    /// Its entries, newest first.
    public let entries: [OperatorLogEntry]
    /// Whether they stand in the ledger.
    public let isOfLedger: Bool
}

/// What was undone.
public struct UndoneOperation: Sendable, Equatable {
    /// The operation that undid it; nil when there was nothing to undo.
    public private(set) var id: String?
    /// How many entries, and how many fields, jobs, bots or versions are as before.
    public private(set) var entries = 0, restored = 0

    /// Nothing yet.
    public init() {}

    mutating func add(_ count: Int, _ operation: String?) {
        id = operation ?? id
        entries += 1
        restored += count
    }
}
