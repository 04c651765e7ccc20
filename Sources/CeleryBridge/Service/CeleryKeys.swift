import JobQueue

/// The keys that the bridge keeps beside the queues, in the fleet's own database.
///
/// | key | type | holds | lives |
/// | --- | --- | --- | --- |
/// | `…bridge:celery:outbox` | list | writes for results on another server, oldest first | until they are made |
/// | `…bridge:celery:nodes` | hash | node → its worker and last heartbeat, JSON | while it lives |
/// | `…bridge:celery:revoked` | zset | revoked task ids → when, unix ms | three hours |
/// | `…bridge:celery:request:<mark>` | string | that a node acts on a control request | a minute |
/// | `…bridge:celery:sent:<mark>` | string | that what follows a task was pushed | two days |
struct CeleryKeys: Sendable {
    let outbox, nodes, revoked: String
    /// Before the mark of a task.
    let sentPrefix: String
    private let requestPrefix: String

    init(_ keyspace: QueueKeys) {
        outbox = keyspace.bridge("celery:outbox")
        nodes = keyspace.bridge("celery:nodes")
        revoked = keyspace.bridge("celery:revoked")
        sentPrefix = keyspace.bridge("celery:sent:")
        requestPrefix = keyspace.bridge("celery:request:")
    }

    /// Set by the first node that acts on a request.
    func request(_ mark: String) -> String { requestPrefix + mark }
}
