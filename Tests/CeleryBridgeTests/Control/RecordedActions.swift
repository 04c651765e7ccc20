import CeleryBridge
import Synchronization

/// Actions that do nothing but remember what was asked.
final class RecordedActions: ControlActions, Sendable {
    struct NotToday: Error, CustomStringConvertible { let description = "The pool cannot grow today." }

    private let asked = Mutex<[String]>([])
    private let waiting: [ScheduledTask]
    private let known: [String: TaskLookup]
    private let refusesScale: Bool

    init(waiting: [ScheduledTask] = [], known: [String: TaskLookup] = [:], refusesScale: Bool = false) {
        self.waiting = waiting
        self.known = known
        self.refusesScale = refusesScale
    }

    /// What was asked so far, in order.
    var calls: [String] { asked.withLock { $0 } }

    private func add(_ call: String) { asked.withLock { $0.append(call) } }

    func scheduled() async -> [ScheduledTask] { waiting }

    func revoke(_ ids: [String], terminate: Bool, signal: String) async -> [String] {
        add("revoke \(ids.joined(separator: ",")) \(terminate) \(signal)")
        return []
    }

    func revoke(stamps: [(header: String, values: [String])], terminate: Bool) async -> [String] {
        add("stamps " + stamps.map { "\($0.header)=\($0.values.joined(separator: ","))" }.joined(separator: ";"))
        return []
    }

    func scale(by change: Int, request: String) async throws -> Int {
        if refusesScale { throw NotToday() }
        add("scale \(change)")
        return 1 + change
    }

    func autoscale(max: Int?, min: Int?, request: String) async throws -> (max: Int, min: Int) {
        add("autoscale")
        return (max ?? 9, min ?? 1)
    }

    func shutdown() async { add("shutdown") }

    func note(_ text: String, from host: String, request: String) async { add("note \(text) from \(host)") }

    func taskState(_ ids: [String]) async -> [String: TaskLookup] { known.filter { ids.contains($0.key) } }
}
