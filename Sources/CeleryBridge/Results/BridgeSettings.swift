/// What results and messages of one worker say of it, and how long results are kept.
package struct BridgeSettings: Sendable, Equatable {
    /// Names in Redis.
    package var keys: BridgeKeys
    /// `result_expires`.
    package var resultTTLSeconds: Int
    /// `result_extended`: results hold name, arguments, worker, retries and queue.
    package var extendsResults: Bool
    /// The node's name, `name@host`.
    package var node: String
    /// Of the worker process.
    package var pid: Int
    /// The queue of a message whose parent came from none.
    package var defaultQueue: String
    /// The most bytes that one task may publish at its end.
    package var publishBytes: Int

    /// Celery's defaults where it has some.
    package init(
        keys: BridgeKeys = BridgeKeys(), resultTTLSeconds: Int = 86_400, extendsResults: Bool = false, node: String,
        pid: Int, defaultQueue: String = "celery", publishBytes: Int = 64 << 20
    ) {
        self.keys = keys
        self.resultTTLSeconds = resultTTLSeconds
        self.extendsResults = extendsResults
        self.node = node
        self.pid = pid
        self.defaultQueue = defaultQueue
        self.publishBytes = publishBytes
    }

    /// `genPID@HOST`, as publishers call themselves.
    var origin: String {
        let host = node.utf8.firstIndex(of: UInt8(ascii: "@")).map { String(node[node.utf8.index(after: $0)...]) }
        return "gen\(pid)@\(host ?? node)"
    }

    /// Where a chord counts.
    func chord(_ group: String) -> ChordPlace {
        ChordPlace(group: group, key: keys.group(group), ttlSeconds: resultTTLSeconds)
    }
}
