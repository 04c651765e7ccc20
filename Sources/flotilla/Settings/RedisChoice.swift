import JobQueue
import Redis

/// What says where Redis is: whoever types a command in the wrong folder must not reach somebody else's Redis with it.
enum RedisChoice: Equatable {
    /// A flag or the environment.
    case named
    /// The file that `up` leaves in the state folder, at this path.
    case fleet(file: String)
    /// Nothing: the usual port.
    case usual
}

extension Composition {
    /// - Throws: `CommandFailure` when nothing says where Redis is and the one at the usual port holds no fleet, so
    ///   that it is neither read for one nor written to.
    func refuseStranger(_ broker: Broker) async throws {
        guard settings.redisChoice == .usual, try await !broker.holdsFleet() else { return }
        let location = broker.redis.address.location
        throw CommandFailure(.notFound, noFleet("the Redis at \(location) holds none, and is left alone"))
    }

    /// The same for a process that is about to work for the fleet, before it has a broker.
    func refuseStranger() async throws {
        guard settings.redisChoice == .usual else { return }
        try await withBroker { _ in }
    }

    /// What it means that Redis cannot be reached, where nobody has said which one it is to be; nil for other errors.
    func noFleet(because error: any Error) -> CommandFailure? {
        var cause = error
        if case JobQueueError.redis(let inner)? = error as? JobQueueError { cause = inner }
        guard case RedisError.unreachable(let address, let reason)? = cause as? RedisError else { return nil }
        // Whoever may not open the socket has found the fleet.
        guard !RedisError.isForbidden(reason) else { return nil }
        switch settings.redisChoice {
        case .named: return nil
        case .fleet(let file):
            return CommandFailure(
                .unreachable,
                noFleet("\(file) names the Redis at \(address.location), which cannot be reached: \(reason)"))
        case .usual:
            return CommandFailure(
                .unreachable, noFleet("the Redis at \(address.location) cannot be reached either: \(reason)"))
        }
    }

    private func noFleet(_ seen: String) -> String {
        let isUsual = settings.all.first { $0.name == "FLOTILLA_HOME" }?.source == "default"
        let place = isUsual ? "this folder" : Shown.line(settings["FLOTILLA_HOME"], 300)
        return "No Redis was named, and no fleet runs in \(place) (\(seen)). Start one with 'flotilla up', go to its "
            + "folder, or name it with --home DIR or --redis URL."
    }
}
