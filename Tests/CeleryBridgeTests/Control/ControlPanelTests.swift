import Foundation
import Testing

@testable import CeleryBridge

struct ControlPanelTests {
    private let sample = SampleNode(tasks: ["celery.chord_unlock", "flotilla.test.echo", "flotilla.test.sleep"])
    private let actions = RecordedActions()

    private func panel(allowsChanges: Bool = true, _ actions: RecordedActions? = nil) -> ControlPanel {
        ControlPanel(
            node: sample.node, actions: actions ?? self.actions, allowsChanges: allowsChanges, beat: {},
            findSender: { "10.0.0.7" })
    }

    /// The recorded request, and the answer that Celery's worker gave.
    private static func recorded(_ name: String) throws -> (ControlRequest, WireValue) {
        let entry = try #require(try Captures.file("control")[name]?.object)
        let request = try ControlRequest(Array(try #require(entry["request"]?.string).utf8))
        let envelope = try #require(try WireValue.parse(entry["reply"]?.string ?? "").object)
        let body = try WireValue.parse(Base64.decode(envelope["body"]?.string ?? ""))
        return (request, try #require(body.object?["w1@host1"]))
    }

    private func request(_ method: String, _ arguments: String = "{}") throws -> ControlRequest {
        let body = "{\"method\": \"\(method)\", \"arguments\": \(arguments)}"
        let envelope = WireValue.object(WireObject([("body", .text(body))]))
        return try ControlRequest(Array(envelope.json.utf8))
    }

    private func error(_ method: String, _ arguments: String) async throws -> String? {
        await panel().answer(try request(method, arguments))?.object?["error"]?.string
    }

    @Test(arguments: [
        "control-inspect-ping", "control-rate-limit", "control-rate-limit-bad", "control-rate-limit-off",
        "control-time-limit", "control-bad-arguments", "control-unknown-command", "control-pool-restart",
        "control-pool-grow", "control-pool-shrink", "control-add-consumer", "control-cancel-consumer",
        "control-disable-events", "control-revoke-reply", "control-terminate", "control-revoke-by-stamped-headers",
        "control-heartbeat", "control-inspect-active_queues",
    ])
    func `a request is answered as Celery's worker answers it`(_ name: String) async throws {
        let (request, answer) = try Self.recorded(name)
        #expect(await panel().answer(request) == answer)
    }

    @Test func `a list of ids is revoked, in the order in which it came`() async throws {
        let (request, _) = try Self.recorded("control-revoke-list")
        #expect(await panel().answer(request) == ControlPanel.ok("tasks {'id-a', 'id-b'} flagged as revoked"))
        #expect(sample.node.revoked.ids(now: sample.node.now()) == ["id-a", "id-b"])
        #expect(actions.calls.last == "revoke id-a,id-b false SIGTERM")
    }

    @Test func `a running task is shown as Celery shows it`() async throws {
        let (request, answer) = try Self.recorded("control-inspect-active")
        let recorded = try #require(answer.list?.first?.object)
        sample.node.started(
            TaskSummary(
                id: "a", name: "flotilla.test.sleep", args: [.number("4")],
                kwargs: WireObject([("value", .text("é"))])))
        let shown = try #require(await panel().answer(request)?.list?.first?.object)
        #expect(shown.members.map(\.name) == recorded.members.map(\.name))
        for name in ["name", "args", "kwargs", "type", "hostname", "acknowledged", "delivery_info"] {
            #expect(shown[name] == recorded[name], "\(name)")
        }
        let safe = await panel().answer(try self.request("active", "{\"safe\": true}"))
        #expect(safe?.list?.first?.object?["args"] == .text("(4,)"))
    }

    @Test func `a waiting task is shown with its time, and looked up`() async throws {
        let (request, answer) = try Self.recorded("control-inspect-scheduled")
        let recorded = try #require(answer.list?.first?.object)
        let task = TaskSummary(
            id: "2d0e7e30-b451-4340-9465-597a61726f79", name: "flotilla.test.echo", args: [.number("1")])
        let actions = RecordedActions(
            waiting: [ScheduledTask(task, eta: 1_795_348_117_575)], known: [task.id: TaskLookup(.scheduled, task)])
        let shown = try #require(await panel(actions).answer(request)?.list?.first?.object)
        #expect(shown["eta"] == .text("2026-11-22T11:48:37.575000+00:00"))
        #expect(shown["priority"] == recorded["priority"])
        #expect(shown["request"] == recorded["request"])
        let found = await panel(actions).answer(try self.request("query_task", "{\"ids\": [\"\(task.id)\", \"x\"]}"))
        #expect(found?.object?[task.id] == .list([.text("scheduled"), try #require(recorded["request"])]))
        #expect(found?.object?["x"] == nil)
    }

    @Test func `statistics have the members that Celery's have`() async throws {
        let (request, answer) = try Self.recorded("control-inspect-stats")
        sample.node.started(TaskSummary(id: "a", name: "flotilla.test.echo"))
        let shown = try #require(await panel().answer(request)?.object)
        let recorded = try #require(answer.object)
        #expect(Set(shown.members.map(\.name)) == Set(recorded.members.map(\.name)))
        for name in ["pool", "broker", "rusage"] {
            let names = { (object: WireObject) in Set(object[name]?.object?.members.map(\.name) ?? []) }
            #expect(names(shown) == names(recorded), "\(name)")
        }
        #expect(shown["total"] == ControlPanel.object([("flotilla.test.echo", .number("1"))]))
    }

    @Test func `registered tasks are listed without Celery's own, with the rates that are set`() async throws {
        #expect(
            await panel().answer(try request("registered"))
                == .list([.text("flotilla.test.echo"), .text("flotilla.test.sleep")]))
        _ = await panel().answer(
            try request("rate_limit", "{\"task_name\": \"flotilla.test.echo\", \"rate_limit\": \"10/m\"}"))
        let shown = await panel().answer(try request("dump_tasks"))
        #expect(shown?.list?.first == .text("flotilla.test.echo [rate_limit=10/m]"))
    }

    @Test func `a starting worker is told the revoked ids, whatever form its own have`() async throws {
        let (recorded, _) = try Self.recordedHello()
        #expect(await panel().answer(recorded)?.object?["revoked"] == .list([]))
        for revoked in ["[\"a\"]", "{\"b\": 12.5}", "5", "null"] {
            let hello = try request("hello", "{\"from_node\": \"w2@host1\", \"revoked\": \(revoked)}")
            #expect(await panel().answer(hello)?.object?["clock"]?.int != nil)
        }
        #expect(sample.node.revoked.ids(now: sample.node.now()) == ["a", "b"])
        let own = try request("hello", "{\"from_node\": \"w1@host1\"}")
        #expect(await panel().answer(own) == nil)
    }

    private static func recordedHello() throws -> (ControlRequest, WireValue) { try recorded("worker-start-second") }

    @Test(arguments: [
        ("revoke", "{\"task_id\": 7}"), ("revoke", "{}"), ("revoke", "{\"task_id\": [1]}"),
        ("revoke", "{\"task_id\": \"a\", \"terminate\": \"yes\"}"),
        ("revoke", "{\"task_id\": \"a\", \"terminate\": true, \"signal\": \"SIGNOPE\"}"),
        ("revoke_by_stamped_headers", "{\"headers\": 5}"), ("revoke_by_stamped_headers", "{\"headers\": [\"a\"]}"),
        ("rate_limit", "{\"task_name\": 5, \"rate_limit\": \"1/s\"}"),
        ("rate_limit", "{\"task_name\": \"flotilla.test.echo\", \"rate_limit\": [1]}"),
        ("rate_limit", "{\"task_name\": \"flotilla.test.echo\", \"rate_limit\": \"often\"}"),
        ("time_limit", "{\"task_name\": \"flotilla.test.echo\", \"hard\": \"soon\"}"), ("time_limit", "{}"),
        ("pool_grow", "{\"n\": \"many\"}"), ("pool_grow", "{\"n\": -1}"), ("autoscale", "{\"max\": []}"),
        ("add_consumer", "{\"queue\": \"\"}"), ("add_consumer", "{}"), ("query_task", "{\"ids\": 5}"),
        ("registered", "{\"taskinfoitems\": 5}"), ("hello", "{}"), ("active", "{\"safe\": \"x\"}"),
    ])
    func `arguments of a wrong kind are answered with an error`(_ method: String, _ arguments: String) async throws {
        #expect(try await error(method, arguments)?.isEmpty == false)
    }

    @Test func `what cannot be done is answered with its sentence`() async throws {
        let refusing = RecordedActions(refusesScale: true)
        let answer = await panel(refusing).answer(try request("pool_grow", "{\"n\": 1}"))
        #expect(answer == ControlPanel.object([("error", .text("The pool cannot grow today."))]))
    }

    @Test(arguments: ControlMethod.allCases) func `read-only control refuses whatever changes something`(
        _ method: ControlMethod
    ) async throws {
        let arguments =
            "{\"task_id\": \"a\", \"queue\": \"q\", \"ids\": [], \"from_node\": \"x\", \"revoked\": [\"a\"]}"
        let answer = await panel(allowsChanges: false).answer(try request(method.rawValue, arguments))
        let error = answer?.object?["error"]?.string
        #expect((error?.contains("control of this fleet is read-only") == true) == !method.isRead)
        #expect(actions.calls.isEmpty)
        #expect(sample.node.revoked.ids(now: 0).isEmpty)
        #expect(sample.node.queues.all == ["celery"])
    }

    @Test func `what changes something is noted with its sender before it is done`() async throws {
        _ = await panel().answer(try request("pool_grow", "{\"n\": 2}"))
        #expect(actions.calls == ["note celery pool_grow {'n': 2} to all nodes from 10.0.0.7", "scale 2"])
        _ = await panel().answer(try request("ping"))
        _ = await panel().answer(try request("enable_events"))
        #expect(actions.calls.count == 2)
    }

    @Test func `shutdown is not answered`() async throws {
        #expect(await panel().answer(try request("shutdown")) == nil)
        #expect(actions.calls.last == "shutdown")
    }

    @Test func `terminate names the tasks that run here`() async throws {
        sample.node.started(TaskSummary(id: "a", name: "flotilla.test.sleep", stamps: ["batch": ["7"]]))
        let asked = try request("terminate", "{\"task_id\": [\"a\", \"b\"], \"signal\": \"KILL\"}")
        let answer = await panel().answer(asked)
        #expect(answer == ControlPanel.ok("terminate: a"))
        #expect(actions.calls.last == "revoke a,b true SIGKILL")
        let stamped = await panel().answer(
            try request("revoke_by_stamped_headers", "{\"headers\": {\"batch\": [\"7\"]}, \"terminate\": true}"))
        #expect(stamped == ControlPanel.ok("headers {'batch': ['7']} revoked"))
    }
}
