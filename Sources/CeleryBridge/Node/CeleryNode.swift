/// One worker process as Celery's clients see it: what `inspect`, Flower and the events tell.
///
/// The handler of Celery's tasks calls `received`, `started`, and one of the others at a task's end. `started` and the
/// ends cost one dictionary change each; everything else is one atomic load while no monitor listens. Thread-safe.
package final class CeleryNode: Sendable {
    /// What does not change.
    package let profile: NodeProfile
    /// Stamped on events and control replies.
    package let clock = LamportClock()
    /// Task events on their way to `EventSender`.
    package let events: TaskEventBuffer
    /// Tasks that run here.
    package let running = RunningTasks()
    /// Ids and stamps that are not to run.
    package let revoked = RevokedTasks()
    /// Rates and time limits set by control requests.
    package let limits = TaskLimits()
    /// Queues that tasks are taken from.
    package let queues: ConsumedQueues
    /// The nodes alive with the same queues, this one among them.
    package let fleet: FleetNodes
    /// Unix ms.
    package let now: @Sendable () -> Int64
    /// Unix ms at which the node was made.
    package let startedAt: Int64

    /// Nothing runs and nothing is sent yet.
    /// - Parameter now: unix ms.
    package init(_ profile: NodeProfile, now: @escaping @Sendable () -> Int64) {
        self.profile = profile
        self.now = now
        startedAt = now()
        queues = ConsumedQueues(profile.queues)
        fleet = FleetNodes(own: profile.name)
        events = TaskEventBuffer(clock: clock, now: now)
    }

    /// `<process>@<host>`.
    package var name: String { profile.name }

    /// A task's message was read, before it is known when it runs.
    package func received(_ task: @autoclosure () -> TaskSummary) { events.append(.received(task())) }

    /// A task starts now.
    package func started(_ task: TaskSummary) {
        running.begin(TaskRequest(task, hostname: name, startedAt: now(), pid: profile.pid))
        events.append(.started(id: task.id))
    }

    /// A task has returned.
    /// - Parameters:
    ///   - runtime: seconds.
    ///   - result: Python's `repr` of the value; made only when a monitor listens.
    package func succeeded(_ id: String, runtime: Double, result: @autoclosure () -> String) {
        running.end(id)
        events.append(.succeeded(id: id, runtime: runtime, result: result()))
    }

    /// A task has failed for good, or its message could not be run.
    /// - Parameter exception: as Python shows it, such as `ValueError('boom')`.
    package func failed(_ id: String, exception: @autoclosure () -> String, traceback: @autoclosure () -> String?) {
        running.end(id)
        events.append(.failed(id: id, exception: exception(), traceback: traceback()))
    }

    /// A task has failed and runs again later.
    package func retried(_ id: String, exception: @autoclosure () -> String, traceback: @autoclosure () -> String?) {
        running.end(id)
        events.append(.retried(id: id, exception: exception(), traceback: traceback()))
    }

    /// A task was revoked or has expired.
    /// - Parameters:
    ///   - terminated: whether it was running.
    ///   - signal: the number that was asked for, such as 15; nil where none was.
    ///   - expired: whether its time had passed.
    package func revoked(_ id: String, terminated: Bool = false, signal: Int? = nil, expired: Bool = false) {
        running.end(id)
        events.append(.revoked(id: id, terminated: terminated, signal: signal, expired: expired))
    }

    /// A task has refused its message.
    /// - Parameter requeue: whether the message went back to its queue.
    package func rejected(_ id: String, requeue: Bool) {
        running.end(id)
        events.append(.rejected(id: id, requeue: requeue))
    }

    /// A task is no longer run here and nothing is to be told: the process stops and its job goes to another.
    package func released(_ id: String) { running.end(id) }
}
