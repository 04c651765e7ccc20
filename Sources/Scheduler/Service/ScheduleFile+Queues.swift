import JobQueue
import ScheduleConfiguration

extension ScheduleFile {
    /// Writes into Redis what each queue of the file asks of its producers; every producer of the fleet is bound by it.
    ///
    /// - Parameter old: the file that was active until now. Its queues that this file names no more ask nothing any
    ///   longer.
    /// - Throws: `JobQueueError` when Redis does not answer. Some queues may have been told then; doing it again is
    ///   safe.
    func configureQueues(with broker: Broker, insteadOf old: ScheduleFile? = nil) async throws(JobQueueError) {
        for queue in queues { try await broker.configure(queue.name, queue.settings) }
        let names = Set(queues.map(\.name))
        for queue in old?.queues ?? [] where !names.contains(queue.name) {
            try await broker.configure(queue.name, QueueSettings())
        }
    }
}
