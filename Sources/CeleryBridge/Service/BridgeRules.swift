package import JobQueue

/// What the schedule and the settings say of the bridge; replaced as a whole when they change.
package struct BridgeRules: Sendable {
    /// Where Celery's keys lie.
    package var place: CeleryPlace
    /// What runs under which name.
    package var tasks: TaskTable
    /// The Celery queues of the pool, in order, each with the native queue in which its messages are jobs.
    package var queues: [(name: String, native: QueueName)]

    /// Checks nothing.
    package init(place: CeleryPlace, tasks: TaskTable, queues: [(name: String, native: QueueName)]) {
        self.place = place
        self.tasks = tasks
        self.queues = queues
    }
}
