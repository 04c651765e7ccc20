import JobQueue
import Redis
import Synchronization
import Worker

/// The policy of a version of the schedule for a simulated worker.
struct SimulatedPolicy: Sendable, Equatable {
    /// 0 before there is any version.
    let version: Int

    /// Jobs at a time.
    var slots: Int { 2 + version % 3 }

    /// In which order the queues are asked.
    var order: ServingOrder { version % 4 == 3 ? .strict : .turns }

    /// Whether the first queue has a slot of its own.
    var reservesSlot: Bool { version % 5 == 4 }

    /// The tokens that a job of the limited queue takes; never more than the burst or the window allows.
    func cost(of bucket: TokenBucket) -> Int {
        let window = bucket.windowMilliseconds
        let most = window > 0 ? Int(bucket.ratePerSecond * Double(window) / 1_000) : bucket.burst
        return max(1, min(bucket.burst, most, 1 + version % 2))
    }
}

/// Records when each version of the schedule was activated, and the version under which each job was admitted; reports
/// a job that runs under two versions, and a worker that uses an old version for too long.
final class PolicyInvariants: Sendable {
    private struct State {
        /// The newest version, and when it was activated, in simulation time.
        var newest = (version: 0, at: Int64(0))
        /// The version by which each process last asked for jobs of a queue.
        var asked: [LifeID: [QueueName: Int]] = [:]
        /// By job and fence.
        var admitted: [String: Int] = [:]
    }

    private let state = Mutex(State())
    private let isCalm: Bool
    /// The lease of the workers, ms.
    private let lease: Int64

    init(isCalm: Bool, lease: Int64) {
        self.isCalm = isCalm
        self.lease = lease
    }

    func saw(_ request: RequestInterceptor.Request, _ reply: RedisValue, _ now: Int64) {
        guard request.name == "store_schedule", case .array(let parts) = reply, parts.count == 2,
            (try? parts[0].string()) == "stored", case .integer(let version) = parts[1]
        else { return }
        state.withLock { $0.newest = (Int(version), now) }
    }

    /// Called with each claim of a process, also where its reply is lost.
    func admitted(_ claim: JobInvariants.Claim, _ life: LifeID) {
        state.withLock { $0.admitted["\(claim.id) \(claim.fence)"] = $0.asked[life]?[claim.queue] }
    }

    /// Called when a handler begins.
    /// - Parameter version: the version by which the job runs and is settled.
    func runs(_ job: LeasedJob, by version: Int) -> String? {
        let admitted = state.withLock { $0.admitted.removeValue(forKey: "\(job.id) \(job.fence)") }
        guard let admitted, admitted != version else { return nil }
        return "job \(job.id) was admitted by version \(admitted) and runs by version \(version)"
    }

    /// Called when a worker is about to ask for jobs of a queue.
    /// - Parameter sound: since when no faults occur, in simulation time; nil while they do.
    func fetches(
        _ queue: QueueName, by policy: SimulatedPolicy, _ life: LifeID, _ now: Int64, sound: Int64?
    ) -> String? {
        state.withLock { $0.asked[life, default: [:]][queue] = policy.version }
        guard let sound else { return nil }
        let newest = state.withLock { $0.newest }
        // The heartbeat of an idle worker; the effects of earlier faults may last for some leases.
        let patience = isCalm ? lease / 2 + 500 : 8 * lease
        guard policy.version != newest.version, now - max(newest.at, sound) > patience else { return nil }
        return "a worker goes by version \(policy.version), and \(newest.version) came \(now - newest.at) ms ago"
    }
}

/// Operators that deploy the file repeatedly, to all hosts at once: each time as another version with the same ticks.
struct SimulatedEditor: Sendable {
    let fleet: SimulatedFleet
    let files: SimulatedFiles
    let schedules: ScheduleInvariants

    func run() async {
        let longest = 60_000 * fleet.tempo
        while await fleet.stage.sleep(for: fleet.stage.random { $0.span(2_000, longest) }) {
            let text = files.touched()
            for host in files.hosts { schedules.write(text, on: host, at: fleet.stage.moment) }
        }
    }
}
