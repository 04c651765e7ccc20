import Documents
import JobQueue
import Redis

/// The source of the Redis address: a command that is typed in the wrong folder must not reach another fleet's Redis.
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
        guard settings.redisChoice == .usual, try await !broker.schedules.holdsFleet() else { return }
        let location = broker.redis.address.location
        throw CommandFailure(.notFound, noFleet("the Redis at \(location) holds none, and is left alone"))
    }

    /// The same for a process that is about to work for the fleet, before it has a broker.
    func refuseStranger() async throws {
        guard settings.redisChoice == .usual else { return }
        try await withBroker { _ in }
    }

    /// The failure for an unreachable Redis where no setting names one; nil for other errors.
    func noFleet(because error: any Error) -> CommandFailure? {
        var cause = error
        if case JobQueueError.redis(let inner)? = error as? JobQueueError { cause = inner }
        guard case RedisError.unreachable(let address, let reason)? = cause as? RedisError else { return nil }
        // A socket that this user may not open belongs to a running fleet.
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
