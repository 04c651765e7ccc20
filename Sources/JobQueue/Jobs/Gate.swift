/// Why a job is parked: what has to come before it can run.
///
/// A parked job is in no worker's way, spends no attempt, and stays until the gate opens or a person decides.
public enum Gate: Sendable, Hashable, CustomStringConvertible {
    /// A worker that knows this kind, with at least this version of its payload.
    case kind(JobKind, version: Int)

    /// `kind=<kind>@<version>`; no blanks, so that it can stand before the rest of a member.
    public var description: String {
        switch self {
        case .kind(let kind, let version): "kind=\(kind)@\(version)"
        }
    }

    /// Nil for a text that `description` does not write.
    public init?(_ text: String) {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard text.hasPrefix("kind="), parts.count == 2, let version = Int(parts[1]),
            let kind = try? JobKind(String(parts[0].dropFirst(5)))
        else { return nil }
        self = .kind(kind, version: version)
    }
}

/// The jobs that wait at one gate.
public struct ParkedJobs: Sendable, Equatable {
    /// What the jobs wait for.
    public let gate: Gate
    /// How many of them. Counted after the gate was found, so 0 when all have left in between.
    public let count: Int
}
