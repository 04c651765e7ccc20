import Documents
import Redis

/// Where Celery's clients leave their messages and look for results.
extension Settings {
    /// The broker's database: as told, else that of the fleet. The same server as `redisAddress()`, because one script
    /// takes a message from Celery's list and makes it a job.
    /// - Throws: `CommandFailure` with status `usage` for another server; `RedisError` for what is no address.
    func celeryBroker() throws -> RedisAddress {
        let fleet = try redisAddress()
        let told = self["CELERY_BROKER_URL"]
        guard !told.isEmpty else { return fleet }
        let broker = try RedisAddress(celery: told)
        guard broker.isSameServer(as: fleet) else {
            throw CommandFailure(
                .usage,
                "The broker has to be a database of the Redis that the fleet uses: CELERY_BROKER_URL names "
                    + "\(broker.location), and REDIS_URL \(fleet.location). Point both at one server; their databases "
                    + "may differ.")
        }
        return broker
    }

    /// Where results are kept: as told, else with the messages; and whether that is the fleet's own server, so that
    /// the script that settles a job can write its result.
    /// - Throws: as `celeryBroker`; another server is allowed.
    func celeryResults() throws -> (address: RedisAddress, isSameServer: Bool) {
        let told = self["CELERY_RESULT_BACKEND"]
        guard !told.isEmpty else { return (try celeryBroker(), true) }
        let address = try RedisAddress(celery: told)
        return (address, address.isSameServer(as: try redisAddress()))
    }
}

extension RedisAddress {
    /// Reads a URL as Celery's settings have it: also without a host, with `virtual_host` for the database of a socket,
    /// and with `ssl_…` options, of which `ssl_cert_reqs` is left out: certificates are always checked.
    /// - Throws: as `init(_:)`.
    init(celery url: String) throws {
        let halves = url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        // A password may hold a question mark; then there is nothing to translate.
        guard !url.contains("@") || halves.count == 1 || halves[0].contains("@") else {
            self = try RedisAddress(url)
            return
        }
        let place = halves[0].replacing(/^(rediss?:\/\/(?:.*@)?)(?=\/|:[0-9]+(?:\/|$)|$)/) { "\($0.output.1)localhost" }
        let names = [
            "virtual_host": "db", "ssl_ca_certs": "ca", "ssl_certfile": "cert", "ssl_keyfile": "key",
        ]
        let options = (halves.count == 2 ? halves[1] : "").split(separator: "&").filter {
            !$0.hasPrefix("ssl_cert_reqs=")
        }.map { option in
            let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            return ([names[parts[0]] ?? parts[0]] + parts.dropFirst()).joined(separator: "=")
        }
        self = try RedisAddress(place + (options.isEmpty ? "" : "?" + options.joined(separator: "&")))
    }

    /// Whether both reach one server, as far as their texts tell: `localhost` is 127.0.0.1. User, database and
    /// encryption may differ.
    func isSameServer(as other: RedisAddress) -> Bool {
        switch (endpoint, other.endpoint) {
        case (.tcp(let host, let port), .tcp(let otherHost, let otherPort)):
            port == otherPort && Self.plain(host) == Self.plain(otherHost)
        case (.sentinels(let hosts, let primary), .sentinels(let otherHosts, let otherPrimary)):
            // Sentinels of one group watch one primary; a list may name only some of them.
            primary == otherPrimary
                && !Set(hosts.map { "\(Self.plain($0.name)):\($0.port)" })
                    .isDisjoint(with: otherHosts.map { "\(Self.plain($0.name)):\($0.port)" })
        default: endpoint == other.endpoint
        }
    }

    private static func plain(_ host: String) -> String {
        let name = host.lowercased()
        return name == "localhost" ? "127.0.0.1" : name
    }
}
