import Foundation
public import JobQueue

/// Kind → handler; the one place where payload types are erased.
public struct JobRegistry: Sendable {
    typealias ErasedJob = @Sendable ([UInt8], JobContext) async throws -> JobOutput

    private var handlers: [JobKind: ErasedJob] = [:]

    public init() {}

    /// The kinds that this worker can run, by name.
    public var kinds: [JobKind] { handlers.keys.sorted() }

    /// Registers the handler of a kind; a later one replaces an earlier one.
    public mutating func register<Kind: Job>(_ kind: JobKind, _ job: Kind) {
        handlers[kind] = { bytes, context in
            let payload: Kind.Payload
            do {
                payload = try JSONDecoder().decode(Kind.Payload.self, from: Data(bytes))
            } catch {
                throw JobStop.refuse(
                    type: "bad-arguments", message: "The arguments do not fit kind '\(kind)': \(Self.reason(error))")
            }
            return try await job.run(payload, in: context)
        }
    }

    func handler(of kind: JobKind) -> ErasedJob? { handlers[kind] }

    private static func reason(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "\(error)" }
        switch error {
        case .keyNotFound(let key, _): return "'\(key.stringValue)' is missing."
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            return path.isEmpty ? context.debugDescription : "'\(path)': \(context.debugDescription)"
        @unknown default: return "\(error)"
        }
    }
}
