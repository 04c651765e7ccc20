package import Worker

/// One call of a Celery task that may run now: its message has been decoded, and it is neither expired nor revoked.
package struct TaskCall: Sendable {
    /// The registered name.
    package var task: String
    /// The task id, any text.
    package var id: String
    /// Positional arguments.
    package var args: [WireValue]
    /// Keyword arguments.
    package var kwargs: WireObject
    /// How often the task was retried before, 0 at first.
    package var retries: Int
    /// Of the native job that carries the call.
    package var context: JobContext

    /// Checks nothing: the message was checked when it was decoded.
    package init(
        task: String, id: String, args: [WireValue], kwargs: WireObject, retries: Int, context: JobContext
    ) {
        self.task = task
        self.id = id
        self.args = args
        self.kwargs = kwargs
        self.retries = retries
        self.context = context
    }
}
