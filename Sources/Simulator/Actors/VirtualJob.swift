import JobQueue
import Worker

/// A job that takes virtual time, and then draws its outcome.
struct VirtualJob: Job {
    let fleet: SimulatedFleet

    private struct Failure: Error {}

    func run(_ payload: RawArguments, in context: JobContext) async throws -> JobOutput {
        let (stage, job) = (fleet.stage, context.job)
        // Handlers of a crashed process run no further than this.
        guard !stage.isDead else { throw CancellationError() }
        stage.violate(fleet.jobs.started(job, stage.moment))
        stage.violate(fleet.policies.runs(job, by: context.scheduleVersion?.number ?? 0))
        let isCalm = fleet.isCalm
        let (time, ignoresStop) = stage.random { [lease = fleet.lease] random in
            // Most jobs are short; some take up to ten leases, and some do not stop when they are told to.
            let time =
                random.happens(8_500)
                ? random.span(1, lease / 2) : Int64.random(in: lease...(10 * lease), using: &random)
            return (time, random.happens(2_000) && !isCalm)
        }
        if ignoresStop {
            _ = await stage.sleep(for: time)
        } else {
            guard await stage.rest(for: time) else { throw CancellationError() }
            stage.violate(fleet.jobs.wentOn(job, stage.elapsed, patience: fleet.lease / 4))
        }
        guard !stage.isDead else { throw CancellationError() }
        return try outcome(of: job)
    }

    private func outcome(of job: LeasedJob) throws -> JobOutput {
        let stage = fleet.stage
        let longest = 30_000 * fleet.tempo
        switch stage.random({ Int.random(in: 0..<20, using: &$0) }) {
        case 0, 1: throw Failure()
        case 2:
            let wait = stage.random { $0.span(100, longest) }
            throw JobStop.failNotBefore(milliseconds: wait, type: "simulated", message: "it broke")
        case 3: throw JobStop.postpone(milliseconds: stage.random { $0.span(1, longest) }, reason: "simulated")
        case 4: throw JobStop.postpone(milliseconds: 0, reason: "simulated")
        case 5: throw JobStop.refuse(type: "simulated", message: "it broke")
        case 6...8: return JobOutput(children: children(of: job))
        default: return JobOutput()
        }
    }

    /// Child ids derive from the parent's, so a second run adds nothing.
    private func children(of job: LeasedJob) -> [NewJob] {
        // Children have none themselves.
        guard !job.id.description.contains(":") else { return [] }
        let count = fleet.stage.random { Int.random(in: 1...3, using: &$0) }
        return (0..<count).compactMap { number in
            let queue = fleet.stage.random { [queues = fleet.queues] in queues.randomElement(using: &$0) ?? queues[0] }
            let id = "\(job.id):\(number)"
            fleet.jobs.announced(id, in: queue, notBefore: 0)
            return try? fleet.job(id, in: queue, start: .now)
        }
    }
}
