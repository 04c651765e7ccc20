/// Jobs and the schedule.
extension ActionInverse {
    static let jobs = ActionInverse(
        actions: ["dead.retry", "dead.discard", "dead.edit", "job.cancel", "job.delete", "queue.purge"], form: .jobs)

    static let schedule = ActionInverse(actions: ["schedule.apply", "schedule.rollback"], form: .schedule)

    static let bulk = ActionInverse(
        actions: ["bulk.abort"],
        form: .nothing("Run the command again: it goes on with what is left."))

    static let enqueueing = ActionInverse(
        actions: ["entry.run", "entry.backfill"],
        form: .nothing("Its jobs are enqueued. 'flotilla jobs cancel' cancels those that have not begun."))
}
