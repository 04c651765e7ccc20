import JobQueue
import Redis

/// What is read from Redis itself, between the steps.
extension Simulation {
    private var broker: Broker {
        let stage = fleet.stage
        return Broker(redis: observer, clock: RedisClock(redis: observer, given: { stage.moment.wall }))
    }

    /// The conservation law, recomputed from the keys.
    func audit() async {
        do throws(JobQueueError) {
            let report = try await QueueAuditor(broker: broker).audit()
            for finding in report.findings.prefix(1) {
                let place = [finding.queue, finding.id].compactMap(\.self).joined(separator: " ")
                fleet.stage.violate("audit: \(finding.rule.rawValue) \(place): \(finding.seen)")
            }
        } catch {
            fleet.stage.violate("the audit failed: \(error)")
        }
    }

    /// Whether no job waits or runs any more.
    func isIdle() async -> Bool {
        do throws(JobQueueError) {
            for queue in fleet.queues {
                let counts = try await QueueInspector(broker: broker).counts(of: queue)
                if counts.ready + counts.held + counts.running + counts.scheduled + counts.retrying > 0 { return false }
            }
            return true
        } catch {
            fleet.stage.violate("the queues cannot be counted: \(error)")
            return true
        }
    }

    /// Each scheduler says how its file stands, and says the truth.
    func checkStandings() async {
        do throws(JobQueueError) {
            let inspector = QueueInspector(broker: broker)
            let (schedulers, leader) = (try await inspector.schedulers(), try await inspector.leader()?.holder)
            let moment = fleet.stage.moment
            let live = schedulers.filter { moment.wall - $0.seenMilliseconds < 5_000 * fleet.tempo }
            fleet.stage.violate(schedules.misjudged(live, leader: leader, moment))
        } catch {
            fleet.stage.violate("the schedulers cannot be read: \(error)")
        }
    }

    func checkEnd() async {
        await audit()
        let bucket = fleet.limited.bucket
        fleet.stage.violate(
            fleet.tokens.excess(of: bucket.name, rate: bucket.ratePerSecond, burst: bucket.burst))
        guard plan.ticks == nil else { return }
        for queue in fleet.queues { await checkJobs(of: queue) }
    }

    /// Every accepted job has come to one end, which is the one that its worker was told.
    private func checkJobs(of queue: QueueName) async {
        let keys = broker.keyspace.of(queue)
        let stories = fleet.jobs.stories.filter { $0.story.queue == queue }
        var missing: [String] = []
        do throws(RedisError) {
            for (id, story) in stories {
                guard let record = try await record(of: id, in: queue) else {
                    // One that was cancelled in line goes with a purge and is not counted as purged.
                    if story.isCertain, !story.isTouched, !story.isCancelAsked { missing.append(id) }
                    continue
                }
                check(id, story, try? JobEnvelope(record: record, id: id))
            }
            let purged = try await observer.send(["HGET", .text(keys.meta), "purged"]).optionalInt(of: "HGET") ?? 0
            if missing.count > purged {
                fleet.stage.violate("job \(missing[0]) is lost, with \(missing.count - 1) more; \(purged) were purged")
            }
        } catch {
            fleet.stage.violate("the jobs cannot be read: \(error)")
        }
    }

    /// A child whose parent ran twice may have been meant for one queue in the first run, whose end was refused, and
    /// lie in another by the second.
    private func record(of id: String, in queue: QueueName) async throws(RedisError) -> [UInt8]? {
        for name in [queue] + fleet.queues.filter({ $0 != queue }) {
            let reply = try await observer.send(["HGET", .text(broker.keyspace.of(name).jobs), .text(id)])
            if let record = try reply.optionalBytes(of: "HGET") { return record }
        }
        return nil
    }

    private func check(_ id: String, _ story: JobInvariants.Story, _ envelope: JobEnvelope?) {
        guard let envelope else { return fleet.stage.violate("the record of job \(id) cannot be read") }
        if envelope.stateCode == .live { return fleet.stage.violate("job \(id) has come to no end") }
        guard let told = story.final, !story.isTouched else { return }
        if told != envelope.stateCode {
            fleet.stage.violate("job \(id) ended as \(envelope.stateCode), and its worker was told \(told)")
        }
    }
}
