import JobQueue
import Logging
import Worker

/// One worker process: the real worker on virtual time, with jobs that only take time.
struct SimulatedWorker: Sendable {
    let fleet: SimulatedFleet
    let life: LifeID

    /// Kinds of producers and of the schedule.
    private static let kinds = ["sim.work", "sim.tick"]

    func run() async {
        let (stage, broker) = (fleet.stage, fleet.broker())
        var registry = JobRegistry()
        let worker: WorkerService
        do throws(JobQueueError) {
            for kind in Self.kinds { registry.register(try JobKind(kind), VirtualJob(fleet: fleet)) }
            worker = WorkerService(
                broker: broker, policy: policy(of: try await broker.schedules.schedule(), broker),
                follow: { policy(of: $0, broker) }, registry: registry, host: "\(life)", pid: 1,
                runtime: runtime(broker), logger: Logger(label: "\(life)") { _ in StageLog(stage: stage) },
                endProcess: { stage.kill(life, $0) })
        } catch {
            return stage.say("does not start: \(error)")
        }
        stage.whenStopping { worker.startDraining() }
        do { try await worker.run() } catch { stage.say("ends: \(error)") }
    }

    private func runtime(_ broker: Broker) -> WorkerRuntime {
        let stage = fleet.stage
        let clock = VirtualClock(stage: stage, tempo: fleet.tempo, longest: fleet.lease / 4, endsOnStop: false)
        let start = ContinuousClock.now
        return WorkerRuntime(
            clock: clock, now: { start + .milliseconds(stage.elapsed) }, random: StageRandom(stage: stage),
            loop: stage.executor, pool: stage.executor,
            wakeUps: SimulatedWakeUps(fleet: fleet, broker: broker, clock: clock), listen: listen)
    }

    /// Messages to the fleet at random times: a message only saves time, so any may come, or none.
    private func listen(_ body: (CancelCalls.Call) async -> Void) async {
        let (stage, longest) = (fleet.stage, 20_000 * fleet.tempo)
        await body(.listening)
        while await stage.rest(for: stage.random { $0.span(200, longest) }) {
            let ids = fleet.jobs.livingIDs(limit: 60)
            let drawn = stage.random { (Int.random(in: 0..<4, using: &$0), ids.randomElement(using: &$0)) }
            switch drawn {
            case (0, _): await body(.listening)
            case (1, _): await body(.changed)
            case (_, let id?):
                guard let queue = fleet.jobs.story(of: id)?.queue, let job = try? JobID(id) else { continue }
                await body(.cancel(job, in: queue))
            default: continue
            }
        }
    }

    /// The policy of a version of the schedule; nil before there is any.
    private func policy(of version: ScheduleVersion?, _ broker: Broker) -> WorkerPolicy {
        let (stage, policies, bucket, lease) = (fleet.stage, fleet.policies, fleet.limited.bucket, fleet.lease)
        let own = SimulatedPolicy(version: version?.number ?? 0)
        let retry = RetryPolicy(
            attempts: 8, baseMilliseconds: 1_000 * fleet.tempo, maxMilliseconds: 30_000 * fleet.tempo)
        let rules = fleet.queues.map { queue in
            let uses = [LimitUse(name: bucket.name, cost: own.cost(of: bucket))]
            return QueueRules(
                name: queue, limits: queue == fleet.limited.queue ? uses : [], timeout: .milliseconds(6 * lease),
                retry: retry)
        }
        let plan = WorkerPlan(
            pool: "sim", queues: rules, slots: own.slots, lease: .milliseconds(lease), grace: .milliseconds(lease),
            killAfter: .milliseconds(lease), retention: .seconds(90 * 86_400), order: own.order,
            reserved: own.reservesSlot ? [fleet.queues[0]: 1] : [:])
        return WorkerPolicy(
            version: version?.stamp, plan: plan, limiter: fleet.limiter(broker),
            settings: Dictionary(uniqueKeysWithValues: fleet.queues.map { ($0, QueueSettings()) }),
            mayFetch: { queue in
                if stage.isDead { return false }
                stage.violate(policies.fetches(queue, by: own, life, stage.elapsed, sound: stage.soundSince))
                return true
            })
    }
}
