import CeleryBridge
import JobQueue
import Logging
import Operations
import ScheduleConfiguration
import Synchronization

/// What control requests of Celery's clients change beyond one process. Each change is in the operator log, with the
/// sender's host: the requests have no authentication.
final class CeleryActions: ControlActions, Sendable {
    private let bridge: TaskBridge
    private let broker: Broker
    private let composition: Composition
    private let pool: String
    private let drain = Mutex<@Sendable () -> Void>({})

    init(bridge: TaskBridge, broker: Broker, composition: Composition, pool: String) {
        self.bridge = bridge
        self.broker = broker
        self.composition = composition
        self.pool = pool
    }

    func onShutdown(_ drain: @escaping @Sendable () -> Void) { self.drain.withLock { $0 = drain } }

    func scheduled() async -> [ScheduledTask] {
        await logged("the scheduled tasks cannot be read", or: []) { try await bridge.scheduled() }
    }

    func revoke(_ ids: [String], terminate: Bool, signal: String) async -> [String] {
        await logged("revoked tasks are not stored", or: []) { try await bridge.revoke(ids, terminate: terminate) }
    }

    func revoke(stamps: [(header: String, values: [String])], terminate: Bool) async -> [String] {
        guard terminate else { return [] }
        return await logged("tasks cannot be stopped", or: []) {
            var stopped: [String] = []
            for (header, values) in stamps {
                stopped += try await bridge.stopRunning(stamped: header, values)
            }
            return stopped
        }
    }

    func scale(by change: Int, request: String) async throws -> Int {
        try await set("pool_\(change < 0 ? "shrink" : "grow")", request) { current, bounds in
            let (sum, isTooMuch) = current.addingReportingOverflow(change)
            let wanted = isTooMuch ? (change < 0 ? 0 : Int.max) : sum
            return min(max(wanted, bounds.lowerBound), bounds.upperBound)
        }
    }

    func autoscale(max most: Int?, min least: Int?, request: String) async throws -> (max: Int, min: Int) {
        let low = Swift.max(least ?? 0, 0)
        let high = Swift.max(most ?? Int.max, low)
        let set = try await set("autoscale", request) { current, bounds in
            let wanted = Swift.min(Swift.max(current, low), high)
            return Swift.min(Swift.max(wanted, bounds.lowerBound), bounds.upperBound)
        }
        return (Swift.max(set, most ?? set), least ?? set)
    }

    /// Sets the processes of the pool, when that changes their number.
    private func set(
        _ what: String, _ request: String, _ choose: (Int, ClosedRange<Int>) -> Int
    ) async throws -> Int {
        let pools = try await composition.activeSchedule(broker).pools
        let reading = try await ScaleReading(pools, broker)
        guard let entry = pools.first(where: { $0.name == pool }) else {
            throw ScaleError.unknownPool(pool, known: pools.map(\.name))
        }
        let current = reading.state.processes(of: entry)
        let wanted = choose(current, entry.bounds)
        guard wanted != current, try await bridge.isFirst(of: "\(pool):\(request)") else { return current }
        let wish = try ScaleWish.read(["\(pool)=\(wanted)"])[0]
        let change = try wish.change(among: pools, reading.state)
        let answer = try await FleetOperator("celery", broker: broker)
            .scale([change], why: "\(what) of a Celery client")
        if case .conflict(let pool, let number) = answer { throw ScaleError.changed(pool: pool, processes: number) }
        return wanted
    }

    func shutdown() async {
        composition.logger.notice("a Celery client shuts this node down: it drains")
        drain.withLock { $0 }()
    }

    func note(_ text: String, from host: String, request: String) async {
        composition.logger.notice("a Celery client asked: \(text)", metadata: ["from": "\(host)"])
        let isOurs = await logged("whether it is noted is not known", or: true) {
            try await bridge.isFirst(of: request)
        }
        guard isOurs else { return }
        let note = OperatorNote(by: "celery@\(host)", "celery.control", text)
        await logged("the operator log has no entry of \(text)", or: ()) {
            try await OperatorLog(broker: broker).add(note, about: "celery", before: "null", after: "null")
        }
    }

    func taskState(_ ids: [String]) async -> [String: TaskLookup] {
        await logged("tasks cannot be looked up", or: [:]) { try await bridge.lookUp(ids) }
    }

    private func logged<Value>(_ what: String, or fallback: Value, _ body: () async throws -> Value) async -> Value {
        do { return try await body() } catch {
            composition.logger.warning("\(what): \(error)")
            return fallback
        }
    }
}
