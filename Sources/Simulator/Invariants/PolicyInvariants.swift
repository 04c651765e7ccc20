import JobQueue
import Redis
import Synchronization

/// The policy of a version of the schedule for a simulated worker.
struct SimulatedPolicy: Sendable, Equatable {
    /// 0 before there is any version.
    let version: Int

    /// Jobs at a time.
    var slots: Int { 2 + version % 3 }

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

    /// - Parameter policy: under which the job was admitted and claimed.
    func admitted(_ job: LeasedJob, by policy: SimulatedPolicy) {
        state.withLock { $0.admitted["\(job.id) \(job.fence)"] = policy.version }
    }

    /// - Parameter policy: under which the job ran and is settled.
    func ended(_ job: LeasedJob, by policy: SimulatedPolicy) -> String? {
        let admitted = state.withLock { $0.admitted.removeValue(forKey: "\(job.id) \(job.fence)") }
        guard let admitted, admitted != policy.version else { return nil }
        return "job \(job.id) was admitted by version \(admitted) and ended by version \(policy.version)"
    }

    /// Called when a worker begins to fetch.
    /// - Parameter sound: since when no faults occur, in simulation time; nil while they do.
    func fetches(by policy: SimulatedPolicy, _ now: Int64, sound: Int64?) -> String? {
        guard let sound else { return nil }
        let newest = state.withLock { $0.newest }
        // One heartbeat; the effects of earlier faults may last for some leases.
        let patience = isCalm ? lease / 4 + 250 : 8 * lease
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
