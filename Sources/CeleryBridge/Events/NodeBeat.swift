/// The life sign of one node, as it stands in the hash of nodes.
struct NodeBeat: Equatable {
    /// `<process>@<host>`.
    var node: String
    var pid: Int
    /// Tasks started since its process began.
    var processed: Int
    /// The configured queues, joined: nodes with the same ones see the same tasks.
    var group: String
    /// The node's logical clock, which the others take over: a task may be received by one and started by another.
    var clock: Int
    /// When it was written, unix ms by the clock of the Redis server.
    var at: Int64

    /// The value of the hash's field `node`.
    var json: String {
        WireValue.object(
            WireObject([
                ("pid", .number(String(pid))), ("processed", .number(String(processed))),
                ("group", .text(group)), ("clock", .number(String(clock))), ("beat", .number(String(at))),
            ])
        ).json
    }

    init(node: String, pid: Int, processed: Int, group: String, clock: Int, at: Int64) {
        self.node = node
        self.pid = pid
        self.processed = processed
        self.group = group
        self.clock = clock
        self.at = at
    }

    /// A value that cannot be read counts as one that was never refreshed.
    init(node: String, json: [UInt8]) {
        let object = (try? WireValue.parse(json))?.object
        self.init(
            node: node, pid: object?["pid"]?.int ?? 0, processed: object?["processed"]?.int ?? 0,
            group: object?["group"]?.string ?? "", clock: object?["clock"]?.int ?? 0,
            at: Int64(object?["beat"]?.int ?? 0))
    }
}
