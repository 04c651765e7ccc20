import CeleryBridge
import Testing

struct WorkflowPlannerTests {
    static let planner = WorkflowPlanner(settings: BridgeSettings(node: "w1@host1", pid: 9), now: 1_767_323_045_678)

    /// The message that a recorded client pushed, in the order of the recording.
    private func pushed(_ flow: String, client: String = "client") throws -> [TaskMessage] {
        try Captures.flow(flow, client: client).filter { $0[0] == "LPUSH" }
            .map { try TaskMessage(raw: Array($0[2].utf8)) }
    }

    /// What the recorded worker pushed, comparable.
    private func workerPushes(_ flow: String) throws -> [WireValue] {
        try Captures.flow(flow, client: "worker").filter { $0[0] == "LPUSH" }.map { try .comparable($0[2]) }
    }

    private func pushes(_ writes: [BridgeWrite]) throws -> [WireValue] {
        try writes.compactMap { write in
            if case .push(_, let message) = write { try WireValue.comparable(message) } else { nil }
        }
    }

    /// The result under an id, as the recorded worker stored it last, without its date.
    private func stored(_ flow: String, _ id: String, status: String) throws -> WireObject {
        let command = try Captures.flow(flow, client: "worker").last {
            $0[0] == "SETEX" && $0[1] == "celery-task-meta-" + id && $0[3].contains("\"status\": \"\(status)\"")
        }
        return try undated(try #require(command)[3])
    }

    private func undated(_ json: String) throws -> WireObject {
        var object = try #require(try WireValue.parse(json).object)
        #expect(object["date_done"] != nil)
        object["date_done"] = .null
        object["traceback"] = .null
        return object
    }

    private func results(_ writes: [BridgeWrite]) throws -> [WireObject] {
        try writes.compactMap { write in
            if case .result(_, let value, _, _) = write { try undated(value) } else { nil }
        }
    }

    @Test func `a chain goes on with the message that Celery's worker sends`() throws {
        let message = try #require(try pushed("flow-chain").first)
        let writes = Self.planner.writes(for: message, end: .succeeded(WireValue(3)))
        #expect(try pushes(writes) == workerPushes("flow-chain"))
        #expect(try results(writes) == [stored("flow-chain", message.id, status: "SUCCESS")])
        guard case .once(let marker, _, 1)? = writes.first else {
            Issue.record("no marker before the push")
            return
        }
        #expect(marker.hasPrefix("flotilla-celery-published-"))
    }

    @Test func `a failed chain fails all that follows`() throws {
        let message = try #require(try pushed("flow-chain-failure").first)
        let writes = Self.planner.writes(for: message, end: .failed(TaskFailure("ValueError", [.text("first")])))
        let rest = try #require(message.embed.chain?.first?.id)
        #expect(
            try results(writes) == [
                stored("flow-chain-failure", message.id, status: "FAILURE"),
                stored("flow-chain-failure", rest, status: "FAILURE"),
            ])
    }

    @Test func `a chord counts its members and publishes its body as Celery does`() throws {
        let messages = try pushed("flow-chord")
        var members: [(Double, String)] = []
        var last = ""
        for (index, message) in messages.enumerated() {
            let writes = Self.planner.writes(for: message, end: .succeeded(WireValue(index)))
            #expect(try results(writes) == [stored("flow-chord", message.id, status: "SUCCESS")])
            guard case .chordMember(let place, let id, let score, let member, let body)? = writes.last else {
                Issue.record("no member")
                return
            }
            #expect(id == message.id && place.key == "celery-taskset-meta-" + place.group)
            members.append((score, member))
            last = body
        }
        let recorded = try Captures.flow("flow-chord", client: "lua").filter { $0[0] == "ZADD" }
        #expect(members.map { BridgeWrite.score($0.0) } == recorded.map { $0[2] })
        #expect(members.map(\.1) == recorded.map { $0[3] })
        let body = try ChordBody(json: Array(last.utf8))
        let writes = Self.planner.writes(for: body, members: members.map(\.1))
        #expect(try pushes(writes) == workerPushes("flow-chord"))
    }

    @Test func `a chord with a failed member fails its body`() throws {
        let flow = "flow-chord-failure"
        let recorded = try Captures.flow(flow, client: "lua").filter { $0[0] == "ZADD" }
        let messages = try pushed(flow)
        let failure = TaskFailure("ValueError", [.text("in header")])
        let ended = Self.planner.writes(for: messages[1], end: .failed(failure))
        guard case .chordMember(_, _, _, let member, let body)? = ended.last else {
            Issue.record("no member")
            return
        }
        #expect(member == recorded[1][3])
        let writes = try Self.planner.writes(for: ChordBody(json: Array(body.utf8)), members: recorded.map { $0[3] })
        let id = try #require(messages[0].embed.chord?.id)
        var expected = try stored(flow, id, status: "FAILURE")
        let group = try #require(messages[0].group)
        // Celery's worker leaves the group out here; a waiting client does not read it.
        let actual = try results(writes)
        expected["group_id"] = nil
        #expect(actual.map { $0["result"] } == [expected["result"]])
        #expect(actual.map { $0["group_id"] } == [.text(group)])
    }

    @Test(arguments: ["flow-link", "flow-link-error"])
    func `callbacks and errbacks are published`(_ flow: String) throws {
        let message = try #require(try pushed(flow).first)
        let isError = flow.hasSuffix("error")
        let end: TaskEnd = isError ? .failed(TaskFailure("ValueError", [.text("x")])) : .succeeded(WireValue(1))
        let sent = try pushes(Self.planner.writes(for: message, end: end))
        #expect(sent.count == 1)
        let headers = sent.first?.object?["headers"]?.object
        #expect(headers?["parent_id"] == .text(message.id))
        let first = sent.first?.object?["body"]?.list?.first?.list?.first
        #expect(first == (isError ? .text(message.id) : WireValue(1)))
    }

    @Test func `a redelivered message publishes the same ids behind the same marker`() throws {
        let message = try #require(try pushed("flow-link").first)
        let first = Self.planner.writes(for: message, end: .succeeded(WireValue(1)))
        #expect(first == Self.planner.writes(for: message, end: .succeeded(WireValue(1))))
        var other = message
        other.properties["delivery_tag"] = .text("another")
        #expect(first.first != Self.planner.writes(for: other, end: .succeeded(WireValue(1))).first)
    }

    @Test func `a retry is stored and its message is as Celery sends it`() throws {
        let message = try #require(try pushed("task-retry-then-success").first)
        let writes = Self.planner.writes(for: message, end: .retried(TaskFailure("RuntimeError", [.text("not yet")])))
        #expect(try results(writes) == [stored("task-retry-then-success", message.id, status: "RETRY")])
        let recorded = try #require(
            try Captures.flow("task-retry-then-success", client: "worker").first { $0[0] == "LPUSH" })
        let eta = try TaskMessage(raw: Array(recorded[2].utf8)).eta
        let builder = MessageBuilder(settings: Self.planner.settings, now: 0, parent: nil)
        guard case .push(_, let sent) = builder.retry(message, eta: eta, tag: "t") else { return }
        let again = try TaskMessage(raw: Array(sent.utf8))
        #expect(again.retries == 1 && again.id == message.id && again.parentID == message.id && again.eta == eta)
        #expect(again.args == message.args && again.embed == message.embed && again.replyTo == message.replyTo)
    }

    @Test func `an ignored result is not stored but its chord counts`() throws {
        var message = try #require(try pushed("flow-chord").first)
        message.ignoresResult = true
        let writes = Self.planner.writes(for: message, end: .succeeded(.null))
        #expect(writes.count == 1)
        #expect(Self.planner.writes(for: message, end: .started).isEmpty)
    }

    @Test func `a fault is stored under its id`() throws {
        let raw = try Captures.message("bad-pickle")
        let fault = try #require(throws: MessageFault.self) { try TaskMessage(raw: raw) }
        let result = try #require(try results(Self.planner.writes(for: fault)).first)
        #expect(result["result"]?.object?["exc_type"] == .text("ContentDisallowed"))
        #expect(result["task_id"] == .text("bad-pickle"))
    }

    @Test func `a fault of a chain's message fails the chain too`() throws {
        let body = #"[[], {}, {"chain": [{"task": "n", "options": {"task_id": "next"}}]}]"#
        let headers = #""task": "a.b", "id": "i", "eta": "garbage""#
        let raw = TaskMessageTests.envelope(headers: headers, body: body)
        let fault = try #require(throws: MessageFault.self) { try TaskMessage(raw: raw) }
        let results = try results(Self.planner.writes(for: fault))
        #expect(results.map { $0["task_id"] } == [.text("i"), .text("next")])
    }

    @Test func `celery.chord called by name publishes its header`() throws {
        var message = try TaskMessage(raw: Captures.message("ok-minimal"))
        message.task = "celery.chord"
        message.args = []
        let json = #"{"header": [{"task": "a"}, {"task": "b"}], "body": {"task": "c"}}"#
        message.kwargs = try #require(try WireValue.parse(json).object)
        let chord = try #require(Self.planner.expansion(of: message))
        let writes = Self.planner.writes(for: message, end: .succeeded(.null), publishing: [chord])
        #expect(try pushes(writes).count == 2)
        #expect(writes.contains { if case .chordSize(_, 2) = $0 { true } else { false } })
    }

    @Test func `what is too large to publish fails the task`() throws {
        var settings = Self.planner.settings
        settings.publishBytes = 100
        let message = try #require(try pushed("flow-chain").first)
        let writes = WorkflowPlanner(settings: settings, now: 0).writes(for: message, end: .succeeded(WireValue(3)))
        let states = try results(writes).map { $0["status"] }
        #expect(states == [.text("FAILURE"), .text("FAILURE")])
    }
}
