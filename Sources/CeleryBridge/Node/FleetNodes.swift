import Synchronization

/// The nodes that are alive and serve the same queues, as the last heartbeat found them.
///
/// What all nodes know, such as the tasks that wait for their time, is told by one of them, so that a client that
/// asks all and adds up the answers counts each task once.
package final class FleetNodes: Sendable {
    private let own: String
    private let names: Mutex<[String]>

    /// Alone until the first `update`.
    init(own: String) {
        self.own = own
        names = Mutex([own])
    }

    func update(_ alive: [String]) { names.withLock { $0 = alive.contains(own) ? alive : alive + [own] } }

    /// Whether this node is the one that tells of a task: that with the highest hash of both.
    package func tells(of id: String) -> Bool {
        let all = names.withLock { $0 }
        guard all.count > 1 else { return true }
        let mine = Self.hash(own, id)
        return all.allSatisfy { other in
            let theirs = Self.hash(other, id)
            return other == own || theirs < mine || (theirs == mine && other < own)
        }
    }

    /// FNV-1a, the same in every process.
    private static func hash(_ node: String, _ id: String) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for text in [id, node] {
            for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        }
        // The last bytes hardly reach the upper bits; a round of mixing spreads them.
        hash ^= hash >> 32
        hash = hash &* 0x9E37_79B9_7F4A_7C15
        return hash ^ hash >> 29
    }
}
