import JobQueue
import Redis
import Synchronization

/// What a version of the schedule says to a simulated worker.
struct SimulatedPolicy: Sendable, Equatable {
    /// 0 before there is any version.
    let version: Int

    /// Jobs at a time.
    var slots: Int { 2 + version % 3 }

    /// What a job of the limited queue takes of the bucket; never more than it gives at once, or in its window.
    func cost(of bucket: TokenBucket) -> Int {
        let window = bucket.windowMilliseconds
        let most = window > 0 ? Int(bucket.ratePerSecond * Double(window) / 1_000) : bucket.burst
        return max(1, min(bucket.burst, most, 1 + version % 2))
    }
}

/// Knows which version of the schedule came when, and by which one each job was admitted; says when a job is run under
/// half of one and half of another, and when a worker goes by an old one for too long.
final class PolicyInvariants: Sendable {
    private struct State {
        /// The newest version, and when it came, on the stage's time.
        var newest = (version: 0, at: Int64(0))
        /// By job and fence.
        var admitted: [String: Int] = [:]
    }

    private let state = Mutex(State())
    private let isCalm: Bool
    /// Of the workers, ms.
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

    /// - Parameter policy: by which the job was let through and claimed.
    func admitted(_ job: LeasedJob, by policy: SimulatedPolicy) {
        state.withLock { $0.admitted["\(job.id) \(job.fence)"] = policy.version }
    }

    /// - Parameter policy: by which the job ran, and its end is decided.
    func ended(_ job: LeasedJob, by policy: SimulatedPolicy) -> String? {
        let admitted = state.withLock { $0.admitted.removeValue(forKey: "\(job.id) \(job.fence)") }
        guard let admitted, admitted != policy.version else { return nil }
        return "job \(job.id) was admitted by version \(admitted) and ended by version \(policy.version)"
    }

    /// A worker begins to fetch.
    /// - Parameter sound: since when nothing goes wrong, on the stage's time; nil while it does.
    func fetches(by policy: SimulatedPolicy, _ now: Int64, sound: Int64?) -> String? {
        guard let sound else { return nil }
        let newest = state.withLock { $0.newest }
        // A heartbeat; what went wrong before may last for some leases.
        let patience = isCalm ? lease / 4 + 250 : 8 * lease
        guard policy.version != newest.version, now - max(newest.at, sound) > patience else { return nil }
        return "a worker goes by version \(policy.version), and \(newest.version) came \(now - newest.at) ms ago"
    }
}

/// People who deploy the file again and again, to all hosts at once: each time it is another version, in which nothing
/// ticks otherwise.
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
