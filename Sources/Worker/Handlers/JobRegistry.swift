import Foundation
public import JobQueue

/// Arguments as they were enqueued: for a handler that reads them itself, or not at all. They are JSON, checked when
/// the job was enqueued.
public struct RawArguments: Decodable, Sendable {
    /// One JSON value, as the job carries it.
    public let json: [UInt8]

    /// Checks nothing; the registry makes them for handlers.
    public init(json: [UInt8]) { self.json = json }

    /// Never used: the registry hands the bytes over.
    public init(from decoder: any Decoder) throws {
        throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "raw arguments are not decoded"))
    }
}

/// Kind → handler; the one place where payload types are erased.
public struct JobRegistry: Sendable {
    typealias ErasedJob = @Sendable ([UInt8], JobContext) async throws -> JobOutput

    /// The handler of one kind, with its payload version and retry policy.
    struct Registered: Sendable {
        let run: ErasedJob
        /// The newest version of the payload's shape that the handler reads.
        let version: Int
        /// The retry policy stated in the code of the kind.
        let retry: RetryPolicy?
    }

    /// By kind.
    private(set) var handlers: [JobKind: Registered] = [:]

    /// An empty registry; a worker with it parks every job.
    public init() {}

    /// The kinds that this worker can run, by name.
    public var kinds: [JobKind] { handlers.keys.sorted() }

    /// Each kind with the newest version of its arguments that can be run.
    var versions: [String: Int] {
        Dictionary(handlers.map { ($0.key.description, $0.value.version) }, uniquingKeysWith: max)
    }

    /// Registers the handler of a kind; a later one replaces an earlier one.
    public mutating func register<Kind: Job>(_ kind: JobKind, _ job: Kind) {
        let readsItself = Kind.Payload.self == RawArguments.self
        let rules = Kind.arguments
        let run: ErasedJob = { bytes, context in
            if let sentence = rules?.sentence(on: bytes, kind: kind.description) {
                throw JobStop.refuse(type: "bad-arguments", message: sentence)
            }
            // The two types are one here, which the compiler cannot know.
            if readsItself, let raw = RawArguments(json: bytes) as? Kind.Payload {
                return try await job.run(raw, in: context)
            }
            let payload: Kind.Payload
            do {
                payload = try JSONDecoder().decode(Kind.Payload.self, from: Data(bytes))
            } catch {
                throw JobStop.refuse(
                    type: "bad-arguments", message: "The arguments do not fit kind '\(kind)': \(Self.reason(error))")
            }
            return try await job.run(payload, in: context)
        }
        handlers[kind] = Registered(run: run, version: Kind.payloadVersion, retry: Kind.retry)
    }

    /// Runs a kind inside of another job, as one part of that job's attempt: with its claim, its deadline and its
    /// cancellation. No middleware runs for it.
    /// - Parameters:
    ///   - arguments: one JSON value, in the newest shape that the kind reads.
    ///   - context: that of the other job; `JobContext.part` where several parts must not share ids.
    /// - Throws: what the handler throws; `JobStop.refuse` for a kind that this worker does not know.
    public func run(_ kind: JobKind, arguments: [UInt8], in context: JobContext) async throws -> JobOutput {
        guard let handler = handlers[kind] else {
            let known = kinds.map(\.description).joined(separator: ", ")
            throw JobStop.refuse(
                type: "unknown-kind", message: "This worker does not know kind '\(kind)'. It knows: \(known).")
        }
        return try await handler.run(arguments, context)
    }

    /// Whether a job of this kind and version of its payload can run here; a canary can everywhere.
    func knows(_ kind: JobKind, version: Int) -> Bool {
        handlers[kind].map { $0.version >= version } ?? (kind == Canary.kind)
    }

    /// Whether jobs that are parked for this reason can run here.
    func passes(_ gate: Gate) -> Bool {
        switch gate {
        case .kind(let kind, let version): knows(kind, version: version)
        }
    }

    /// The error of a decoder, in terms of the arguments and not of Swift.
    private static func reason(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "\(error)" }
        switch error {
        case .keyNotFound(let key, _): return "'\(key.stringValue)' is missing."
        case .typeMismatch(let type, let context): return sentence(context, "is not \(words(of: type)).")
        case .valueNotFound(let type, let context): return sentence(context, "is null. Use \(words(of: type)).")
        case .dataCorrupted(let context): return sentence(context, "cannot be used: \(context.debugDescription)")
        @unknown default: return "\(error)"
        }
    }

    private static func sentence(_ context: DecodingError.Context, _ what: String) -> String {
        let path = context.codingPath.map(\.stringValue).joined(separator: ".")
        return path.isEmpty ? "what was given \(what)" : "'\(path)' \(what)"
    }

    private static func words(of type: any Any.Type) -> String {
        switch type {
        case is Bool.Type: return "true or false"
        case is any BinaryInteger.Type: return "a whole number"
        case is any BinaryFloatingPoint.Type: return "a number"
        case is String.Type: return "a text"
        default:
            let name = "\(type)"
            if name.hasPrefix("Array") || name.hasPrefix("[Any") { return "a list" }
            return name.hasPrefix("Dictionary") ? "an object such as {\"name\": 1}" : "what it should be"
        }
    }
}
