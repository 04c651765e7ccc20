import ArgumentParser
import Documents
import JobQueue
import Time

/// Flags of a job that tie it to others: which ones it excludes, which ones follow it.
struct EnqueueOptions: ParsableArguments {
    @Option(help: "Nothing is enqueued while another job of this key lives in the queue.") var unique: String?
    @Option(help: "The key stays taken for this time at least, such as 10m.") var uniqueFor: String?
    @Flag(help: "A waiting job of the same --unique key is replaced instead.") var coalesce = false
    @Option(
        name: [.customLong("concurrency-key"), .customLong("cap")],
        help: "At most --concurrency-limit jobs of this key run at a time; others are parked.")
    var concurrencyKey: String?
    @Option(
        name: [.customLong("concurrency-limit"), .customLong("cap-limit")],
        help: "How many, \(JobOptions.concurrencyLimitBounds.shown); else 1.")
    var concurrencyLimit: Int?
    @Option(help: "Version of the arguments' shape; a worker that knows only older ones leaves the job alone.")
    var version: String?
    @Option(help: "A job that follows when this one has succeeded, KIND or KIND:JSON; again for the next.")
    var chain: [String] = []

    /// How long the key stays taken.
    func keptMilliseconds() throws -> Int64? { try uniqueFor.map { try DurationParser.milliseconds($0) } }

    /// - Throws: `CommandFailure` with status `usage`, or `JobQueueError`, for what cannot be.
    func apply(to options: inout JobOptions, _ composition: Composition) throws {
        guard unique != nil || uniqueFor == nil else {
            throw CommandFailure(.usage, "--unique-for needs a key. Give --unique too.")
        }
        guard unique != nil || !coalesce else {
            throw CommandFailure(.usage, "--coalesce needs a key. Give --unique too.")
        }
        guard concurrencyKey != nil || concurrencyLimit == nil else {
            throw CommandFailure(.usage, "--concurrency-limit needs a key. Give --concurrency-key too.")
        }
        if let concurrencyLimit, !JobOptions.concurrencyLimitBounds.contains(concurrencyLimit) {
            throw CommandFailure(
                .usage, "--concurrency-limit is \(concurrencyLimit). Use \(JobOptions.concurrencyLimitBounds.shown).")
        }
        options.uniqueKey = try unique.map { try JobKey($0, as: "unique key").description }
        if coalesce { options.coalesces = true }
        options.concurrencyKey = try concurrencyKey.map { try JobKey($0, as: "concurrency key").description }
        options.concurrencyLimit = concurrencyLimit
        if let version {
            guard let number = Int(version), JobOptions.versionBounds.contains(number) else {
                throw CommandFailure(
                    .usage, "--version is '\(Shown.line(version))'. Use \(JobOptions.versionBounds.shown).")
            }
            options.version = number
        }
        if !chain.isEmpty { options.chain = try links(composition) }
    }

    private func links(_ composition: Composition) throws -> [ChainLink] {
        guard chain.count <= NewJob.depthLimit else {
            throw CommandFailure(
                .usage, "--chain is given \(chain.count) times. Use at most \(NewJob.depthLimit) links.")
        }
        let links = try chain.map { text in
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let known = try composition.known(kind: String(parts[0]))
            let payload = parts.count == 2 ? try JobPayload(json: String(parts[1])) : .none
            try composition.check(payload, for: known.kind)
            return ChainLink(
                kind: known.kind.description, queue: known.queue.description,
                args: String(decoding: payload.bytes, as: UTF8.self))
        }
        let bytes = links.reduce(0) { $0 + $1.args.utf8.count }
        guard bytes <= JobEnvelope.payloadLimitBytes else {
            throw JobQueueError.payloadTooLarge(bytes: bytes, limit: JobEnvelope.payloadLimitBytes)
        }
        return links
    }
}
