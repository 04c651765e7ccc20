/// The final result of one job.
public struct Completion: Sendable {
    /// The claim that is settled; its fence decides whether the script accepts the completion.
    public var job: LeasedJob
    /// `.succeeded`, `.cancelled` or `.expired`.
    public var stateCode: JobEnvelope.StateCode
    /// The result, the children and the batch of a success.
    public var output: JobOutput
    /// What an extension writes in the same step.
    public var writes: SettlementWrites?
    /// The arguments that the finished job is remembered with, one JSON value; nil for its own.
    public var rememberedArguments: [UInt8]?
    /// The final record, once it is made.
    private var frozen: [UInt8]?

    /// A success, unless `stateCode` states another result. A batch has an effect only with `.succeeded`.
    public init(
        _ job: LeasedJob, _ stateCode: JobEnvelope.StateCode = .succeeded, output: JobOutput = JobOutput()
    ) {
        self.job = job
        self.stateCode = stateCode
        self.output = output
    }

    /// Whether the job now waits for its children.
    var isWaiting: Bool { stateCode == .succeeded && output.batch != nil && !output.children.isEmpty }

    var counter: String {
        switch stateCode {
        case _ where isWaiting: "waiting"
        case .cancelled: "cancelled"
        case .expired: "expired"
        default: "succeeded"
        }
    }

    /// Encodes the final record beforehand, with this time of completion. Nothing may be changed afterwards.
    /// - Parameter now: unix milliseconds.
    public mutating func freeze(now: Int64) { frozen = record(now: now) }

    func record(now: Int64) -> [UInt8] {
        if let frozen { return frozen }
        var record = job.envelope
        record.stateCode = isWaiting ? .waiting : stateCode
        record.startedMilliseconds = job.startedMilliseconds
        record.finishedMilliseconds = isWaiting ? nil : now
        record.worker = job.worker.description
        if let rememberedArguments { record.payload = rememberedArguments }
        record.outcome = output.result.isEmpty ? "" : "{\"result\":\(resultLine)}"
        return record.encoded()
    }

    /// The result as JSON in one line. A result that is not JSON is stored as a JSON string: the job is done, and its
    /// record must stay readable.
    private var resultLine: String {
        let result = output.result
        guard JSONSyntax.problem(in: result.utf8, depthLimit: JobPayload.depthLimit) == nil else {
            return CompactJSON.quoted(result)
        }
        // Line breaks separate the parts of a record. In JSON they are insignificant outside strings, and inside
        // strings they are always escaped.
        guard result.utf8.contains(where: { $0 == 0x0A || $0 == 0x0D }) else { return result }
        return String(decoding: result.utf8.filter { $0 != 0x0D }.map { $0 == 0x0A ? 0x20 : $0 }, as: UTF8.self)
    }

    /// A child as it is enqueued: with its parent's id and an own id that is the same in every run.
    /// - Throws: `JobQueueError.badName` when the ids together are too long for one; `outOfRange` for a job that would
    ///   wait for itself.
    func prepared(_ child: NewJob, number: Int) throws(JobQueueError) -> (JobID, NewJob) {
        var child = child
        child.options.parentID = child.options.parentID ?? job.id.description
        if isWaiting { child.options.batch = "\(job.queue)/\(job.id)" }
        let id = if let given = child.id { given } else { try job.id.child("\(number)") }
        guard !isWaiting || id != job.id || child.queue != job.queue else {
            throw .outOfRange(what: "The id of a child", value: "\(id)", range: "another than its waiting parent's")
        }
        return (id, child)
    }

    static func outcome(of failure: JobFailure) -> String {
        guard let text = try? CompactJSON.text(["error": failure]) else { return "" }
        return text
    }
}
