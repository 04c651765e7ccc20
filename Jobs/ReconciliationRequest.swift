public import JobQueue

/// Asks for a reconciliation of orders beside those of the schedule.
public enum ReconciliationRequest {
    /// The job. However many ask for it, one waits; one that runs already is followed by another.
    public static func job() throws(JobQueueError) -> NewJob {
        var job = NewJob(
            kind: KindDefinition.execution.kind, queue: KindDefinition.execution.queue,
            payload: try JobPayload(json: #"{"reconcile":true}"#))
        job.priority = 10
        job.options.uniqueKey = "reconcile-orders"
        job.options.coalesces = true
        return job
    }
}
