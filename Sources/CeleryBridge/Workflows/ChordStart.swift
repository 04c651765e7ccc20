import JobQueue
import Redis
import Worker

/// Runs the native job that goes on with the body of a chord once all members are there.
struct ChordStart: Sendable {
    let bridge: TaskBridge

    /// Reads the members; what follows is written with the settlement of the job, so it happens once.
    func run(_ context: JobContext) async throws -> JobOutput {
        let body: ChordBody
        do throws(WireError) { body = try ChordBody(json: context.job.payload) } catch {
            throw JobStop.refuse(type: "bad-chord", message: error.sentence)
        }
        let place = bridge.rules.place
        let group = ChordPlace(group: body.group, key: place.groupKey(body.group), ttlSeconds: place.resultSeconds)
        let replies = try await bridge.results.pipeline([
            ["ZRANGE", .text(group.key + ".j"), 0, "-1"], ["GET", .text(group.key)],
        ])
        let members = try replies[0].array(of: "ZRANGE").map { value throws(RedisError) in
            try value.string(of: "ZRANGE")
        }
        // Its keys are gone: the body was started, or the members were kept for too short a time.
        guard !members.isEmpty else { return JobOutput() }
        let saved = try replies[1].optionalString(of: "GET")
        let writes = bridge.planner(try await context.now()).writes(for: body, members: members, saved: saved)
        bridge.ended.put(.chord(writes + [.chordDone(group: group)]), of: context.job)
        return JobOutput()
    }
}
