import JobQueue

/// Completes the jobs that an attempt enqueues: the depth of its children, and the next link of its chain.
struct ChildJobs: Sendable {
    private let depth: Int
    private let chain: [ChainLink]
    private let next: NewJob?

    /// Created before the handler runs, so that a chain that cannot go on is refused before the handler has any effect.
    /// - Throws: `JobStop.refuse` when the job is too deep, or the next link cannot be enqueued.
    init(of id: JobID, _ options: JobOptions) throws {
        let before = options.depth ?? 0
        depth = min(max(before, 0), NewJob.depthLimit) + 1
        guard (0...NewJob.depthLimit).contains(before) else {
            throw JobStop.refuse(
                type: "too-deep",
                message: "\(before) jobs enqueued one another to get here; \(NewJob.depthLimit) may.")
        }
        chain = options.chain ?? []
        next = chain.isEmpty ? nil : try Self.job(of: chain[0], after: id, rest: Array(chain.dropFirst()))
    }

    private static func job(of link: ChainLink, after id: JobID, rest: [ChainLink]) throws -> NewJob {
        do {
            var job = NewJob(
                id: try nextID(id), kind: try JobKind(link.kind), queue: try QueueName(link.queue),
                payload: try JobPayload(json: link.args))
            job.options.chain = rest.isEmpty ? nil : rest
            return job
        } catch {
            throw JobStop.refuse(type: "bad-chain", message: "The next job of the chain cannot be enqueued: \(error)")
        }
    }

    /// `<id>:next`, or what stands for it in a long chain.
    private static func nextID(_ id: JobID) throws -> JobID {
        if let next = try? id.child("next") { return next }
        return try id.shortChild("next")
    }

    /// The output with the next link as one more child. A batch completes before the chain goes on: the link becomes
    /// its callback job, or the chain follows the callback job.
    func complete(_ output: JobOutput) -> JobOutput {
        if next == nil && output.children.isEmpty && output.batch == nil { return output }
        var output = output
        if var batch = output.batch {
            var followUp = batch.followUp
            if !chain.isEmpty { followUp?.options.chain = (batch.followUp?.options.chain ?? []) + chain }
            batch.followUp = followUp ?? next
            batch.followUp?.options.depth = depth
            output.batch = batch
        } else if let next {
            output.children.append(next)
        }
        for index in output.children.indices { output.children[index].options.depth = depth }
        return output
    }
}

extension JobID {
    /// A child's id where the whole would be too long for an id: a digest of the whole id replaces its end.
    func shortChild(_ name: String) throws(JobQueueError) -> JobID {
        var hash: UInt64 = 14_695_981_039_346_656_037
        for byte in description.utf8 { hash = (hash ^ UInt64(byte)) &* 1_099_511_628_211 }
        return try JobID("\(description.prefix(64))~\(String(hash, radix: 36))").child(name)
    }
}
