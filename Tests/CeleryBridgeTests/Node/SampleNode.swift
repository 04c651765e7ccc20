import Synchronization

@testable import CeleryBridge

/// A node as the recordings have it, whose time stands still until a test moves it.
struct SampleNode {
    let node: CeleryNode
    private let time: Time

    private final class Time: Sendable {
        /// Unix ms.
        let now = Mutex<Int64>(1_795_346_664_000)
    }

    init(name: String = "w1@host1", queues: [String] = ["celery"], tasks: [String] = ["flotilla.test.echo"]) {
        let time = Time()
        self.time = time
        node = CeleryNode(
            NodeProfile(
                name: name, pid: 18_015, version: "1.0", slots: 2, queues: queues, tasks: tasks,
                broker: .init(host: "127.0.0.1", port: 6379)),
            now: { time.now.withLock { $0 } })
    }

    func pass(milliseconds: Int64) { time.now.withLock { $0 += milliseconds } }
}
