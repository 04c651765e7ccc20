import CeleryBridge
import Testing

struct MessageBuilderTests {
    private let builder = MessageBuilder(
        settings: BridgeSettings(keys: BridgeKeys(brokerPrefix: "p:"), node: "trading-1@vm", pid: 7),
        now: 1_767_323_045_000, parent: (id: "up", root: "top", queue: "queue"))

    private func build(_ options: String, args: [WireValue] = []) throws -> (list: String, message: TaskMessage) {
        let wire = #"{"task": "a.b", "args": [1], "kwargs": {"k": 2}, "options": OPTIONS}"#
            .replacing("OPTIONS", with: options)
        let signature = try #require(Signature(try WireValue.parse(wire)))
        guard case .push(let list, let text) = builder.push(signature, args: args, id: "new", tag: "tag").write else {
            throw WireError("no push")
        }
        return (list, try TaskMessage(raw: Array(text.utf8)))
    }

    @Test func `a signature without options goes to its parent's queue`() throws {
        let (list, message) = try build("{}", args: [WireValue(0)])
        #expect(list == "p:queue")
        #expect(message.args == [WireValue(0), WireValue(1)])
        #expect(message.kwargs == WireObject([("k", WireValue(2))]))
        #expect([message.id, message.parentID, message.rootID] == ["new", "up", "top"])
        #expect(message.argsrepr == "(0, 1)")
        #expect(message.origin == "gen7@vm")
    }

    @Test func `options are obeyed`() throws {
        let (list, message) = try build(
            """
            {"task_id": "own", "queue": "other", "priority": 7, "countdown": 1.5, "expires": 10, "time_limit": 5,
            "soft_time_limit": 4, "ignore_result": true, "group_id": "g", "group_index": 3, "root_id": "r",
            "parent_id": "q", "stamped_headers": ["s"], "s": "v", "headers": {"x-y": "z"}, "shadow": "nice",
            "link": {"task": "l"}, "link_error": [{"task": "e"}], "chord": {"task": "c"}, "chain": [{"task": "n"}]}
            """)
        #expect(list == "p:other\u{06}\u{16}6")
        #expect([message.id, message.rootID, message.parentID, message.group] == ["own", "r", "q", "g"])
        #expect(message.eta == 1_767_323_046_500)
        #expect(message.expires == 1_767_323_055_000)
        #expect(message.hardLimit == 5 && message.softLimit == 4 && message.groupIndex == 3)
        #expect(message.ignoresResult && message.shadow == "nice")
        #expect(message.stamps == WireObject([("s", .text("v"))]))
        #expect(message.headers["x-y"] == .text("z"))
        #expect(message.embed.callbacks.map(\.task) == ["l"] && message.embed.errbacks.map(\.task) == ["e"])
        #expect(message.embed.chord?.task == "c" && message.embed.chain?.map(\.task) == ["n"])
    }

    @Test func `a negative countdown lies in the past and an absurd one is none`() throws {
        #expect(try build(#"{"countdown": -5}"#).message.eta == 1_767_323_040_000)
        #expect(try build(#"{"countdown": 1e300}"#).message.eta == nil)
    }

    @Test(arguments: [(-1, ""), (0, ""), (2, ""), (3, "3"), (5, "3"), (9, "9"), (255, "9")])
    func `a priority is rounded down to its step`(_ priority: Int, _ step: String) {
        let list = BridgeKeys().list("q", priority: priority)
        #expect(list == (step.isEmpty ? "q" : "q\u{06}\u{16}" + step))
    }

    @Test func `derived ids repeat with the run and differ within it`() {
        var (first, again, other) = (DerivedID(seed: "a"), DerivedID(seed: "a"), DerivedID(seed: "b"))
        let ids = (0..<1000).map { _ in first.next() }
        #expect(ids == (0..<1000).map { _ in again.next() })
        #expect(Set(ids + (0..<1000).map { _ in other.next() }).count == 2000)
        #expect(ids.allSatisfy { $0.utf8.count == 36 })
    }
}
