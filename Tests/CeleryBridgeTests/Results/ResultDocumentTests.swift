import CeleryBridge
import Testing

struct ResultDocumentTests {
    private let planner = WorkflowPlanner(settings: BridgeSettings(node: "w1@host1", pid: 18_025), now: 0)

    /// The results that a recorded worker stored, in order, and the message that it ran.
    private func recorded(_ flow: String) throws -> (TaskMessage, [String]) {
        let pushed = try #require(try Captures.flow(flow, client: "client").first { $0[0] == "LPUSH" })
        let stored = try Captures.flow(flow, client: "worker").filter { $0[0] == "SETEX" }.map { $0[3] }
        return (try TaskMessage(raw: Array(pushed[2].utf8)), stored)
    }

    /// The text of a result without the moment, the traceback and the process, which differ between two runs.
    private func comparable(_ json: String) throws -> String {
        var object = try #require(try WireValue.parse(json).object)
        if object["date_done"]?.isNull == false { object["date_done"] = .text("then") }
        if object["traceback"]?.isNull == false { object["traceback"] = .text("Traceback") }
        if var result = object["result"]?.object, result["pid"] != nil {
            result["pid"] = WireValue(1)
            object["result"] = .object(result)
        }
        return WireValue.object(object).json
    }

    private func check(_ flow: String, _ ends: [TaskEnd]) throws {
        let (message, stored) = try recorded(flow)
        let written = ends.flatMap { planner.writes(for: message, end: $0) }.compactMap { write in
            if case .result(_, let value, _, _) = write { value } else { nil }
        }
        #expect(try written.map(comparable) == stored.map(comparable), "\(flow)")
    }

    @Test func `results are stored as Celery's worker stores them`() throws {
        let args = try recorded("task-success").0.args
        let value = WireObject([("products", args[0]), ("timeframes", args[1])])
        try check("task-success", [.started, .succeeded(.object(value))])
        try check("task-expired", [.revoked(.expired)])
        let unknown = try recorded("task-unknown").0
        try check(
            "task-unknown",
            [.failed(TaskFailure("NotRegistered", module: "celery.exceptions", [.text(unknown.task)]))])
    }

    @Test func `failures are stored as Celery's worker stores them`() throws {
        let (message, _) = try recorded("task-failure-builtin")
        try check("task-failure-builtin", [.started, .failed(TaskFailure("ValueError", [message.args[0]]))])
        let reject = TaskFailure("Reject", module: "celery.exceptions", [.text("no good"), .bool(false)])
        try check("task-reject", [.started, .failed(reject)])
    }

    @Test func `a state of the task's own holds what the task says`() throws {
        let meta = WireObject([("done", WireValue(1)), ("total", WireValue(2))])
        try check(
            "task-custom-state",
            [.started, .custom(state: "PROGRESS", meta: .object(meta)), .succeeded(.text("ok"))])
    }

    @Test func `an extended result names task, arguments, worker and queue`() throws {
        var settings = planner.settings
        settings.extendsResults = true
        let message = try TaskMessage(raw: Captures.message("producer-stamps"))
        let writes = WorkflowPlanner(settings: settings, now: 0).writes(for: message, end: .succeeded(WireValue(1)))
        guard case .result(let key, let value, 86_400, .final)? = writes.first else {
            Issue.record("no result")
            return
        }
        #expect(key == "celery-task-meta-" + message.id)
        let object = try #require(try WireValue.parse(value).object)
        #expect(object["date_done"] == .text("1970-01-01T00:00:00+00:00"))
        #expect(object["name"] == .text("flotilla.test.echo") && object["args"] == .list([WireValue(1)]))
        #expect(object["worker"] == .text("w1@host1") && object["queue"] == .text("celery"))
        #expect(object["retries"] == WireValue(0) && object["stamp"] == .text("s1"))
    }

    @Test func `prefixes stand before all keys`() {
        let keys = BridgeKeys(brokerPrefix: "b:", resultPrefix: "r:")
        #expect(keys.lists("q") == ["b:q", "b:q\u{06}\u{16}3", "b:q\u{06}\u{16}6", "b:q\u{06}\u{16}9"])
        #expect(keys.result("i") == "r:celery-task-meta-i" && keys.group("g") == "r:celery-taskset-meta-g")
    }
}
