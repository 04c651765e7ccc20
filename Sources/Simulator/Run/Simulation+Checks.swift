import JobQueue
import Redis

/// Checks of the keys in Redis between the steps.
extension Simulation {
    private var broker: Broker {
        let stage = fleet.stage
        return Broker(redis: observer, clock: RedisClock(redis: observer, given: { stage.moment.wall }))
    }

    /// Runs the audit: every job in exactly one place.
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

    /// Checks that each scheduler reports the right state of its file.
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
        fleet.stage.violate(fleet.tokens.excess(rate: bucket.ratePerSecond, burst: bucket.burst))
        guard plan.ticks == nil else { return }
        await checkJobs()
    }

    /// Checks that every accepted job has one final state, the one that its worker received.
    private func checkJobs() async {
        var missing: [String] = []
        do throws(RedisError) {
            for (id, story) in fleet.jobs.stories {
                guard let record = try await record(of: id, in: story.queue) else {
                    // A purge removes a job that was cancelled in the ready list, and does not count it as purged.
                    if story.isCertain, !story.isTouched, !story.isCancelAsked { missing.append(id) }
                    continue
                }
                check(id, story, try? JobEnvelope(record: record, id: id))
            }
            var purged = 0
            for queue in fleet.queues {
                let meta = broker.keyspace.of(queue).meta
                purged += try await observer.send(["HGET", .text(meta), "purged"]).optionalInt(of: "HGET") ?? 0
            }
            if missing.count > purged {
                fleet.stage.violate("job \(missing[0]) is lost, with \(missing.count - 1) more; \(purged) were purged")
            }
        } catch {
            fleet.stage.violate("the jobs cannot be read: \(error)")
        }
    }

    /// When a parent ran twice, its child may have been meant for one queue by the first run, whose settlement was
    /// refused, and lie in another by the second.
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
