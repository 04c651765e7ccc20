import JobQueue
import Redis
import Synchronization
import Worker

/// Wake-ups on virtual time. A blocking read would wait by real time, so the lists are checked at random moments, and
/// each wake-up arrives late.
final class SimulatedWakeUps: WakeUps {
    private struct State {
        /// The sleep of the wait under way.
        var sleep: Int?
        var isInterrupted = false
        var isClosed = false
    }

    private let fleet: SimulatedFleet
    private let broker: Broker
    private let clock: VirtualClock
    private let state = Mutex(State())

    /// - Parameter clock: stretches the time of a wait.
    init(fleet: SimulatedFleet, broker: Broker, clock: VirtualClock) {
        self.fleet = fleet
        self.broker = broker
        self.clock = clock
    }

    func wait(atMost time: Duration, for queues: [QueueName]) async throws(JobQueueError) -> Bool {
        let stage = fleet.stage
        let end = stage.elapsed + clock.stretched(time.milliseconds)
        repeat {
            for queue in queues { if try await hasWakeUp(queue) { return true } }
            let pause = stage.random { [tempo = fleet.tempo] in $0.span(50 * tempo, 2_000 * tempo) }
            try await rest(until: min(end, stage.elapsed + pause))
        } while stage.elapsed < end
        return false
    }

    private func hasWakeUp(_ queue: QueueName) async throws(JobQueueError) -> Bool {
        do throws(RedisError) {
            return try await broker.redis.send(["LPOP", .text(broker.keyspace.of(queue).wake)]) != .null
        } catch { throw .redis(error) }
    }

    private func rest(until time: Int64) async throws(JobQueueError) {
        let sleep = fleet.stage.newStop()
        let isClosed = state.withLock { state in
            state.sleep = sleep
            state.isInterrupted = false
            return state.isClosed
        }
        if isClosed { throw .redis(.closed) }
        let isWhole = await fleet.stage.rest(until: time, id: sleep)
        let (wasInterrupted, wasClosed) = state.withLock { state in
            state.sleep = nil
            return (state.isInterrupted, state.isClosed)
        }
        if wasClosed { throw .redis(.closed) }
        if wasInterrupted || !isWhole { throw .redis(.cancelled) }
    }

    func interrupt() { end { $0.isInterrupted = true } }

    func close() async { end { $0.isClosed = true } }

    private func end(_ change: (inout sending State) -> Void) {
        let sleep = state.withLock { state in
            change(&state)
            return state.sleep
        }
        if let sleep { fleet.stage.wake(sleep) }
    }
}
