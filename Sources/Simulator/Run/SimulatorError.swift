public import Redis

/// Why a simulation could not run. A violated invariant is no error: the report holds it.
public enum SimulatorError: Error, Equatable, CustomStringConvertible {
    /// The database holds keys already; a simulation would mix with them.
    case notEmpty(RedisAddress, keys: Int)
    case redis(RedisError)

    /// The error and its remedy.
    public var description: String {
        switch self {
        case .notEmpty(let address, let keys):
            "The database at \(address.location) holds \(keys) keys. Give --redis an empty one, or leave it out."
        case .redis(let error): error.description
        }
    }
}
