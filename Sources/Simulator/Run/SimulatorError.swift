public import Redis

/// Why a simulation could not be run. That a promise was broken is no error: the report tells it.
public enum SimulatorError: Error, Equatable, CustomStringConvertible {
    /// The database holds keys already; a simulation would mix with them.
    case notEmpty(RedisAddress, keys: Int)
    case redis(RedisError)

    /// What keeps the simulation from running, and what to do.
    public var description: String {
        switch self {
        case .notEmpty(let address, let keys):
            "The database at \(address.location) holds \(keys) keys. Give --redis an empty one, or leave it out."
        case .redis(let error): error.description
        }
    }
}
