/// Where the database file is: `DATABASE_URL` in SQLAlchemy's form, which the Python application reads too.
public struct LedgerAddress: Sendable, Equatable, CustomStringConvertible {
    /// The file; relative to the working folder unless it starts with '/'.
    public let path: String

    /// A file by its path.
    public init(path: String) { self.path = path }

    /// `sqlite:///relative.db` or `sqlite:////absolute.db`; `sqlite+DRIVER` is the same, the driver being Python's.
    ///
    /// As in SQLAlchemy the path is taken literally, `%20` is not a space. The options `check_same_thread` and
    /// `timeout` concern Python's driver only and are skipped.
    /// - Throws: `badAddress` for another database, a memory database (processes could not share it), a host, or an
    ///   unknown option.
    public init(_ url: String) throws(LedgerError) {
        guard let end = url.firstRange(of: "://") else {
            throw .badAddress(url: url, problem: "it is not a URL")
        }
        let scheme = url[..<end.lowerBound]
        guard scheme == "sqlite" || scheme.hasPrefix("sqlite+") else {
            // Another database's URL may hold a password.
            throw .badAddress(url: "\(scheme)://…", problem: "only SQLite is supported")
        }
        let parts = url[end.upperBound...].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts[0].hasPrefix("/") else {
            let problem =
                parts[0].isEmpty ? "a memory database cannot be shared by processes" : "a file needs three slashes"
            throw .badAddress(url: url, problem: problem)
        }
        for option in parts.dropFirst().joined().split(separator: "&") {
            let name = String(option.prefix { $0 != "=" })
            guard ["check_same_thread", "timeout"].contains(name) else {
                throw .badAddress(url: url, problem: "the option '\(name)' is unknown")
            }
        }
        path = String(parts[0].dropFirst())
        guard !path.isEmpty, path != ":memory:" else {
            throw .badAddress(url: url, problem: "a memory database cannot be shared by processes")
        }
    }

    /// The address as a URL, without a driver and options.
    public var description: String { "sqlite:///\(path)" }
}
