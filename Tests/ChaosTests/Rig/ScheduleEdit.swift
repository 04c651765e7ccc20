import JobQueue
import TestSupport

/// One edit of the schedule file under load, and when every live worker ran it.
struct ScheduleEdit: Sendable {
    /// From 1.
    let number: Int
    let text: String
    /// Unix milliseconds.
    let at: Int64

    /// Settings of every kind, each edit with others: limits, queues, retries, circuits, pools, entries.
    static func schedule(edit number: Int) -> String {
        let queues = ChaosFleet.loadQueues.enumerated().map { index, name in
            let limit = index == 0 ? ", limit: shared" : index == 1 ? ", circuit: shared" : ""
            return "  \(name): { timeout: \(30 + number % 5)s, "
                + "retry: { attempts: 60, base: \(50 + number % 3)ms, max: 500ms }\(limit) }"
        }
        let hasMore = number % 4 == 3
        let served = (ChaosFleet.loadQueues + [ChaosFleet.tickQueue] + (hasMore ? ["edited"] : []))
            .joined(separator: ", ")
        let order = ["turns", "strict", "turns"][number % 3]
        let queue = hasMore ? "\n  edited: { timeout: 30s }" : ""
        let entry = hasMore ? "  edited: { job: flotilla.test.noop, queue: edited, every: 1s, overlap: skip }\n" : ""
        return """
            version: 1
            limits: { shared: { rate: \(2_000 + number % 7)/s, burst: 2000 } }
            circuits: { shared: { failures: \(900 + number % 2), window: 1m, open: 1s } }
            queues:
            \(queues.joined(separator: "\n"))
              \(ChaosFleet.tickQueue): { timeout: 30s, retry: { attempts: 60, base: 50ms, max: 500ms } }\(queue)
            pools:
              all: { queues: [\(served)], order: \(order), concurrency: \(4 + number % 3), grace: \(5 + number % 2)s }
            schedules:
              every-tick: { \(ChaosFleet.job("every-tick")), overlap: allow }
              no-overlap: { \(ChaosFleet.job("no-overlap")), overlap: skip }
              skip-missed: { \(ChaosFleet.job("skip-missed")), overlap: allow, misfire: skip }
            \(entry)# edit \(number)

            """
    }
}

/// Watches which schedule version each live worker runs, and notes when an edit had reached all of them.
actor ObedienceWatch {
    /// When which version was in every live worker; unix milliseconds.
    private(set) var reached: [(version: Int, at: Int64)] = []
    /// Every version that was seen active; Redis keeps the last 50.
    private var versions: [ScheduleVersion] = []
    private var isStopped = false
    private let broker: Broker

    init(broker: Broker) { self.broker = broker }

    func stop() { isStopped = true }

    func watch() async {
        var pace = Pace(every: .milliseconds(100), on: ContinuousClock())
        while !isStopped {
            if let newest = try? await broker.schedules.scheduleNumber(), newest != versions.last?.number,
                let version = try? await broker.schedules.schedule()
            {
                versions.append(version)
            }
            if let live = try? await WorkerRegistry(broker: broker).live(), let least = live.map(\.version).min(),
                least > (reached.last?.version ?? 0)
            {
                reached.append((least, wallMilliseconds()))
            }
            guard await pace.beat() else { return }
        }
    }

    /// How long each edit took to be obeyed by every live worker, milliseconds; nil for one that never was.
    ///
    /// What cannot hear does not count: the time runs from the end of the last fault that overlapped the wait and kept
    /// a worker, the leader or Redis from the others.
    func waits(for edits: [ScheduleEdit], _ faults: [FaultRecord]) -> [Int64?] {
        edits.map { edit in
            // An edit that came before the leader had looked at the one before is active with the later one.
            guard let number = number(of: edit), let obeyed = reached.first(where: { $0.version >= number })?.at else {
                return nil
            }
            let deaf = faults.filter { $0.kind.deafens && $0.began <= obeyed && $0.deafUntil >= edit.at }
            let heard = deaf.map(\.deafUntil).max() ?? edit.at
            return max(0, obeyed - max(edit.at, heard))
        }
    }

    private func number(of edit: ScheduleEdit) -> Int? {
        versions.filter { $0.text == edit.text || $0.storedMilliseconds >= edit.at }.map(\.number).min()
    }
}

extension FaultKind {
    /// Whether somebody cannot hear of an edit meanwhile.
    var deafens: Bool {
        switch self {
        case .editSchedule, .killLogReader, .flushScripts, .killClients, .cutConnections, .stepClock, .killWorker: false
        default: true
        }
    }
}

extension FaultRecord {
    /// A killed or frozen leader is followed by another within 4 s; clients come back to a server within 2 s.
    fileprivate var deafUntil: Int64 {
        switch kind.subject {
        case .scheduler: max(ended, began + 4_000)
        case .redis, .proxy, .frozenWorker: ended + 2_000
        default: ended
        }
    }
}
