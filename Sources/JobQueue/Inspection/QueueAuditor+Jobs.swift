import Redis

/// The conservation law: every job in exactly one place.
extension QueueAuditor {
    /// - Returns: the number of findings about jobs of the queue, including unconfirmed ones.
    func auditJobs(
        of queue: QueueName, _ claimants: [WorkerID], _ report: inout AuditReport
    ) async throws(JobQueueError) -> Int {
        let keys = runner.keyspace.of(queue)
        let before = try await metaFields(of: queue)
        let length = try await runner.send(["HLEN", .text(keys.jobs)])
        let size = try runner.decode { () throws(RedisError) in try length.int(of: "HLEN") }
        let passes = size / jobsPerPass + 1
        var suspects: [String] = []
        var unjudged = 0
        var tombstones = 0
        var blame = BlameSums()
        for pass in 0..<passes {
            let census = try await census(of: queue, claimants, Share(pass: pass, of: passes), &blame, &report)
            report.jobs += census.values.count { $0.record != .missing }
            for (id, sighting) in census {
                if sighting.record == .readable(.cancelledInReady) || sighting.record == .readable(.deletedInReady) {
                    tombstones += 1
                }
                guard sighting.brokenRule != nil else { continue }
                if suspects.count < Self.secondLookLimit { suspects.append(id) } else { unjudged += 1 }
            }
        }
        var found = 0
        for id in suspects.sorted() {
            let sighting = try await look(at: id, in: queue, Set(claimants))
            guard let rule = sighting.brokenRule else {
                report.moved += 1
                continue
            }
            found += 1
            report.add(rule, queue: queue, id: id, seen: sighting.description)
        }
        if unjudged > 0 {
            report.untold.append("\(unjudged) suspect jobs of queue '\(queue)' were not judged. Run the audit again.")
        }
        try await auditTombstones(of: queue, counted: tombstones, before, &report)
        try await auditBlame(of: queue, blame, &report)
        return found + unjudged
    }

    /// The ids that a pass covers.
    private struct Share {
        let pass: Int
        let of: Int

        init(pass: Int, of passes: Int) {
            self.pass = pass
            of = passes
        }

        /// FNV-1a: the same in every pass, unlike `Hasher` across processes, and cheap.
        func contains(_ id: String) -> Bool {
            guard of > 1 else { return true }
            var hash: UInt32 = 2_166_136_261
            for byte in id.utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
            return Int(hash % UInt32(of)) == pass
        }
    }

    /// One walk over all places and all records.
    private func census(
        of queue: QueueName, _ claimants: [WorkerID], _ share: Share, _ blame: inout BlameSums,
        _ report: inout AuditReport
    ) async throws(JobQueueError) -> [String: JobSighting] {
        let keys = runner.keyspace.of(queue)
        var census: [String: JobSighting] = [:]
        for (index, place) in AuditLayout.places.enumerated() {
            let key = place.key(keys)
            var pages = KeyPages(runner, key: key, form: place.form == .list ? .list : .sortedSet)
            while let page = try await pages.next() {
                for (id, _) in page.map({ (place.job($0.id), $0.value) }) where share.contains(id) {
                    census[id, default: JobSighting()].see(in: index)
                }
            }
        }
        var fence = 0
        for worker in claimants {
            var pages = KeyPages(runner, key: keys.running(worker), form: .hash(count: 1_000))
            while let page = try await pages.next() {
                for (id, claim) in page where share.contains(id) {
                    census[id, default: JobSighting()].see(in: AuditLayout.running)
                    if Claim(claim).map({ $0.fence <= fence }) == true { continue }
                    fence = try await auditClaim(on: id, of: worker, in: queue, &report)
                }
            }
        }
        // A record may have 64 KiB, so that a page has about 13 MB at the most.
        var pages = KeyPages(runner, key: keys.jobs, form: .hash(count: 200))
        while let page = try await pages.next() {
            for (id, record) in page where share.contains(id) {
                // A page may repeat a field.
                if census[id]?.record ?? .missing == .missing { blame.add(record, of: id) }
                census[id, default: JobSighting()].record = Self.record(record, of: id)
            }
        }
        return census
    }

    static func record(_ value: RedisValue, of id: String) -> JobSighting.Record {
        guard case .bulk(let bytes) = value else { return .missing }
        guard let envelope = try? JobEnvelope(record: bytes, id: id) else { return .unreadable }
        return .readable(envelope.stateCode)
    }

    /// Reads all places of one job in one transaction.
    private func look(
        at id: String, in queue: QueueName, _ claimants: Set<WorkerID>
    ) async throws(JobQueueError) -> JobSighting {
        let keys = runner.keyspace.of(queue)
        var claimants = claimants
        // A worker that has joined since may have the job: then the audit reads again, with that worker.
        for _ in 0..<8 {
            let workers = claimants.sorted { $0.description < $1.description }
            // The id alone does not give its member of `aside`; `links` holds the member, and must still hold it in the
            // transaction.
            let entry: RedisCommand = ["HGET", .text(keys.locks), .text("a:\(id)")]
            let member = try await runner.send(entry)
            let name = try runner.decode { () throws(RedisError) in try member.optionalString(of: "HGET") } ?? ""
            var commands: [RedisCommand] = [
                ["ZRANGE", .text(keys.leases), 0, -1], entry, ["HGET", .text(keys.jobs), .text(id)],
            ]
            for place in AuditLayout.places {
                switch place.form {
                case _ where place.name == "aside": commands.append(["ZSCORE", .text(keys.parked), .text(name)])
                case .list: commands.append(["LPOS", .text(place.key(keys)), .text(id), "COUNT", 2])
                case .sortedSet: commands.append(["ZSCORE", .text(place.key(keys)), .text(id)])
                }
            }
            commands += workers.map { ["HEXISTS", .text(keys.running($0)), .text(id)] }
            let replies = try await atomically(commands)
            let holders = try runner.decode { () throws(RedisError) in try replies[0].strings(of: "ZRANGE") }
            let known = claimants.count
            claimants.formUnion(holders.map { WorkerID(unchecked: $0) })
            guard claimants.count == known, replies[1] == member else { continue }
            return Self.sighting(replies.dropFirst(2), of: id)
        }
        return JobSighting()
    }

    /// Builds a sighting from the replies for the record, each place, and each worker.
    private static func sighting(_ replies: ArraySlice<RedisValue>, of id: String) -> JobSighting {
        var sighting = JobSighting()
        for (index, reply) in replies.enumerated() {
            switch (index, reply) {
            case (0, let value): sighting.record = record(value, of: id)
            case (let index, .array(let positions)): positions.forEach { _ in sighting.see(in: index - 1) }
            case (let index, .bulk) where index <= AuditLayout.running: sighting.see(in: index - 1)
            case (_, .integer(1)): sighting.see(in: AuditLayout.running)
            case (_, .null), (_, .bulk), (_, .integer), (_, .simple), (_, .error): break
            }
        }
        return sighting
    }
}
