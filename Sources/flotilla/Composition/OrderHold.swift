import JobQueue
import Jobs
import Logging

/// Holds orders after an unclean stop, and asks for the reconciliation that releases them.
struct OrderHold: Sendable {
    let broker: Broker
    let logger: Logger

    /// After a supervisor that fell silent, or that left its mark; either finder may come first, and one hold begins.
    /// - Parameters:
    ///   - id: its host's, the same after a restart.
    ///   - instance: of that supervisor.
    ///   - name: of the host, for people.
    func begin(after id: String, instance: String, name: String) async throws(JobQueueError) {
        try await begin(
            source: "host \(id)", mark: instance, why: "the supervisor of host \(name) did not end in order")
    }

    /// - Parameters:
    ///   - source: who found the stop, one word.
    ///   - mark: of the stop: orders are held once for each.
    ///   - why: what had stopped, without a full stop.
    func begin(source: String, mark: String, why: String) async throws(JobQueueError) {
        guard try await OrderGateStore(broker: broker).hold(source: source, mark: mark, why: why) else { return }
        logger.warning("orders are held until a reconciliation has come back clean: \(why)")
        do throws(JobQueueError) {
            try await broker.enqueue(try ReconciliationRequest.job())
        } catch {
            // The jobs that are held ask for one too, and so does the schedule.
            logger.warning("the reconciliation was not enqueued: \(error)")
        }
    }
}
