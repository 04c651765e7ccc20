/// A park reason that a joining worker removes: an unknown kind or version.
///
/// A parked job takes no slot, spends no attempt, and stays until a worker that knows the kind joins or an operator
/// decides.
public enum Gate: Sendable, Hashable, CustomStringConvertible {
    /// A worker that knows this kind, with at least this version of its payload.
    case kind(JobKind, version: Int)

    /// `kind=<kind>@<version>`; no blanks, because a blank separates it from the rest of a member.
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

/// The jobs that are parked for one unknown kind.
public struct ParkedJobs: Sendable, Equatable {
    /// The kind and version that the jobs need.
    public let gate: Gate
    /// How many jobs. Counted after the reason was found, so 0 when all were unparked in between.
    public let count: Int
}
