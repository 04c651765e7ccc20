import Redis

/// The claims that workers hold according to Redis.
extension Broker {
    /// The jobs that a worker has claimed in a queue. Finds claims whose reply was lost on the way: as long as their
    /// worker lives, maintenance does not rescue them.
    public func claims(of worker: WorkerID, in queue: QueueName) async throws(JobQueueError) -> [LeasedJob] {
        let keys = keyspace.of(queue)
        let reply = try await send(["HGETALL", .text(keys.running(worker))])
        let claims = try decode { () throws(RedisError) in
            var claims: [(id: String, claim: String)] = []
            for (id, claim) in try reply.pairs(of: "HGETALL") { claims.append((id, try claim.string(of: "HGETALL"))) }
            return claims
        }
        let records = try await pipeline(claims.map { ["HGET", .text(keys.jobs), .text($0.id)] })
        var jobs: [LeasedJob] = []
        for ((id, claim), record) in zip(claims, records) {
            let numbers = claim.split(separator: " ").compactMap { Int64($0) }
            guard numbers.count == 2,
                let bytes = try decode({ () throws(RedisError) in try record.optionalBytes(of: "HGET") })
            else { continue }
            guard let envelope = try? JobEnvelope(record: bytes, id: id) else {
                try await deadLetter(bytes, of: id, in: keys, worker, fence: Int(numbers[0]))
                continue
            }
            jobs.append(
                LeasedJob(
                    id: JobID(unchecked: id), queue: queue, worker: worker, fence: numbers[0],
                    startedMilliseconds: numbers[1], envelope: envelope, isIsolated: envelope.strikes > 0))
        }
        return jobs
    }

    /// Makes a job with an unreadable record dead, else its claim, and those of the jobs fetched with it, would stay
    /// for good.
    func deadLetter(
        _ record: [UInt8], of id: String, in keys: KeysOfQueue, _ worker: WorkerID, fence: Int
    ) async throws(JobQueueError) {
        var record = record
        if record.count > 1 { record[1] = JobEnvelope.StateCode.dead.rawValue }
        _ = try await run(
            Scripts.deadLetter, keys.block + [keys.running(worker)],
            [.text(id), .integer(fence), .integer(Int(try await clock.now())), .bytes(record)])
    }
}
