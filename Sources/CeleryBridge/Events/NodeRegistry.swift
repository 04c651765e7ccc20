package import Redis

/// The nodes that are alive, in a hash of Flotilla's own keys: each refreshes its entry with its heartbeats.
///
/// A node that was killed cannot send `worker-offline`; the node that removes its entry sends it. HDEL tells
/// one of them alone that it was the one.
package struct NodeRegistry: Sendable {
    private let redis: RedisClient
    private let key: String
    /// Unix ms by the clock of the Redis server: hosts may differ.
    private let serverTime: @Sendable () async throws -> Int64
    /// Milliseconds without a refresh after which a node counts as killed: five heartbeats.
    static let patience: Int64 = 10_000

    /// - Parameters:
    ///   - redis: where Flotilla's keys are.
    ///   - key: of the hash node → life sign.
    ///   - serverTime: unix ms by the clock of the Redis server.
    package init(redis: RedisClient, key: String, serverTime: @escaping @Sendable () async throws -> Int64) {
        self.redis = redis
        self.key = key
        self.serverTime = serverTime
    }

    /// Refreshes a node's entry and looks at the others.
    /// - Returns: the nodes alive with the same queues; those whose entry was removed now.
    func refresh(_ node: CeleryNode) async throws -> (peers: [String], lost: [NodeBeat]) {
        let now = try await serverTime()
        let (name, group) = (node.name, node.profile.queues.joined(separator: " "))
        let beat = NodeBeat(
            node: name, pid: node.profile.pid, processed: node.running.started, group: group,
            clock: node.clock.value, at: now)
        let replies = try await redis.pipeline([
            ["HSET", .text(key), .text(name), .text(beat.json)], ["HGETALL", .text(key)],
        ])
        _ = try replies[0].checked()
        let beats = try replies[1].pairs(of: "HGETALL").map { field, value in
            NodeBeat(node: field, json: try value.bytes(of: "HGETALL"))
        }
        let highest = beats.map(\.clock).max() ?? 0
        if highest > node.clock.value { node.clock.receive(highest) }
        var lost: [NodeBeat] = []
        for other in beats where other.node != name && other.at < now - Self.patience {
            if try await remove(other.node) { lost.append(other) }
        }
        let gone = Set(lost.map(\.node))
        return (beats.filter { $0.group == group && !gone.contains($0.node) }.map(\.node), lost)
    }

    /// Removes a node's entry.
    /// - Returns: whether it was there.
    func remove(_ name: String) async throws -> Bool {
        try await redis.send(["HDEL", .text(key), .text(name)]).int(of: "HDEL") == 1
    }
}
