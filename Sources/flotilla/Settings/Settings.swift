import ArgumentParser
import Dashboard
import Documents
import Foundation
import Jobs
import Logging
import Redis

/// One setting: its value and where it came from.
struct Setting {
    let name: String
    var value: String
    var source: String
}

/// Flags that every command takes.
struct CommonOptions: ParsableArguments {
    @Option(
        help: """
            Redis URL. One with a password shows in the process list: give it by REDIS_URL, or REDIS_URL_FILE, which \
            names a file.
            """)
    var redis: String?
    @Option(help: "SQLite database URL (DATABASE_URL).") var database: String?
    @Option(help: "The schedule file (FLOTILLA_SCHEDULES).") var schedules: String?
    @Option(help: "State folder (FLOTILLA_HOME).") var home: String?
    @Option(help: "What every Redis key of the fleet begins with (FLOTILLA_NAMESPACE); two fleets need two.")
    var namespace: String?
    @Option(help: "trace, debug, info, notice, warning or error (LOG_LEVEL).") var logLevel: String?

    /// Those that say which fleet is meant, as words of a command line.
    fileprivate var given: [String] {
        let pairs = [
            // The description of an address hides its password; what is no address has failed before it is shown.
            ("--redis", redis.map { (try? RedisAddress($0)).map { "\($0)" } ?? $0 }), ("--database", database),
            ("--schedules", schedules), ("--home", home), ("--namespace", namespace),
        ]
        return pairs.flatMap { name, value in value.map { [name, $0] } ?? [] }
    }
}

/// The exchanges that orders can go to.
enum ExchangeName: String {
    case paper

    /// - Throws: `CommandFailure` with status `usage` for any other word.
    init(_ name: String) throws {
        guard let known = ExchangeName(rawValue: name) else {
            throw CommandFailure(
                .usage, "EXCHANGE is '\(name)'. This version trades on the paper exchange only: set it to paper.")
        }
        self = known
    }
}

/// Flags, environment and defaults: read once, checked at once, nowhere else.
struct Settings {
    private(set) var all: [Setting] = []
    let environment: [String: String]
    let logLevel: Logger.Level
    let logsJSON: Bool
    /// What every key and channel of the fleet begins with.
    let namespace: RedisNamespace
    let exchange: ExchangeName
    /// The limit of the schedule that every request to the exchange takes a token of.
    let exchangeLimit: String
    /// What jobs may do.
    let switches: TradingSwitches
    private let usesSocket: Bool
    /// In the order in which they are shown.
    let secrets: [SecretSetting]
    private(set) var testJobs: Bool
    /// The time that `FLOTILLA_TEST_NOW` names; obeyed with the test kinds only.
    private let testNow: Date?
    /// Where the HTTP API listens; nil for nowhere.
    let listen: ListenAddress?
    /// The options by which this command was told which fleet is meant, for commands that are printed; passwords are
    /// masked.
    let given: [String]

    /// - Throws: `CommandFailure` with status `usage` for a value that cannot be.
    init(_ options: CommonOptions, environment: [String: String] = ProcessInfo.processInfo.environment) throws {
        self.environment = environment
        given = options.given
        try Self.checkNames(environment)
        var found: [Setting] = []
        func take(_ name: String, flag: String? = nil, default fallback: String) -> String {
            var setting = Setting(name: name, value: fallback, source: "default")
            if let flag {
                setting = Setting(name: name, value: flag, source: "flag")
            } else if let value = environment[name] {
                setting = Setting(name: name, value: value, source: "environment")
            }
            found.append(setting)
            return setting.value
        }
        // One that is set to nothing counts as not set, as deployments write `TRADING_ENABLED=${TRADING_ENABLED:-}`.
        func flag(_ name: String, default fallback: Bool) throws -> Bool {
            let value = take(name, default: "\(fallback)").lowercased()
            switch value {
            case "true", "1", "yes", "on": return true
            case "false", "0", "no", "off": return false
            case "":
                found[found.count - 1] = Setting(name: name, value: "\(fallback)", source: "default")
                return fallback
            default: throw CommandFailure(.usage, "\(name) is '\(Shown.line(value))'. Set it to true or false.")
            }
        }
        found += try AddressSetting.names.map { name in
            let flag = name == "REDIS_URL" ? options.redis : nil
            return try flag.map { Setting(name: name, value: $0, source: "flag") }
                ?? AddressSetting(name, environment: environment).setting
        }
        _ = take("DATABASE_URL", flag: options.database, default: "sqlite:///trader.db")
        exchange = try ExchangeName(take("EXCHANGE", default: ExchangeName.paper.rawValue))
        exchangeLimit = take("FLOTILLA_EXCHANGE_LIMIT", default: JobDependencies.usualExchangeLimit)
        _ = take("FLOTILLA_DEMO", default: "")
        // Paper trades unless it is told not to; an exchange with real money will want to be told to.
        switches = TradingSwitches(
            placesOrders: try flag("TRADING_ENABLED", default: true),
            usesCache: try flag("CACHE_ENABLED", default: true))
        usesSocket = try flag("WEBSOCKET_ENABLED", default: false)
        _ = take("FLOTILLA_HOME", flag: options.home, default: ".flotilla")
        _ = take("FLOTILLA_SCHEDULES", flag: options.schedules, default: "schedules.yaml")
        namespace = try Self.namespace(
            take("FLOTILLA_NAMESPACE", flag: options.namespace, default: RedisNamespace.standard.name))
        testJobs = try flag("FLOTILLA_TEST_JOBS", default: false)
        testNow = try Self.frozenTime(take("FLOTILLA_TEST_NOW", default: ""))
        listen = try ListenAddress(take("FLOTILLA_LISTEN", default: ListenAddress.usual))
        logLevel = try Self.level(take("LOG_LEVEL", flag: options.logLevel, default: "info").lowercased())
        let format = take("LOG_FORMAT", default: isatty(STDERR_FILENO) == 1 ? "text" : "json")
        guard ["text", "json"].contains(format) else {
            throw CommandFailure(.usage, "LOG_FORMAT is '\(format)'. Use text or json.")
        }
        logsJSON = format == "json"
        for name in Self.plainNames { _ = take(name, default: "") }
        secrets = try SecretSetting.names.map { try SecretSetting($0, environment: environment) }
        all = found
    }

    private static func level(_ name: String) throws -> Logger.Level {
        guard let level = Logger.Level(rawValue: name) else {
            throw CommandFailure(
                .usage, "LOG_LEVEL is '\(name)'. Use one of: trace, debug, info, notice, warning, error.")
        }
        return level
    }

    private static func namespace(_ name: String) throws -> RedisNamespace {
        guard let namespace = RedisNamespace(name) else {
            throw CommandFailure(
                .usage,
                "FLOTILLA_NAMESPACE is '\(name)'. Use up to 40 letters, digits, '-', '_' and '.', beginning with a "
                    + "letter or digit.")
        }
        return namespace
    }

    /// Ends a command that would run the fleet, or a part of it, against what a setting says. Commands that only look
    /// or ask need none of this.
    /// - Throws: `CommandFailure` with status `usage`.
    func refuseUnobeyed() throws {
        if usesSocket {
            throw CommandFailure(
                .usage,
                "WEBSOCKET_ENABLED is true, and this version has no socket to the exchange: polling alone fills the "
                    + "cache. Unset it, or set it to false.")
        }
        if frozenNow == nil, testNow != nil {
            throw CommandFailure(
                .usage,
                "FLOTILLA_TEST_NOW is set, and only tests may stop the clock. Unset it, or set FLOTILLA_TEST_JOBS.")
        }
    }

    /// The time at which rules, the API and the commands see the clock stand, in tests; nil for the real time. The time
    /// of Redis, and with it queues and schedules, goes on.
    var frozenNow: Date? { testJobs ? testNow : nil }

    private static func frozenTime(_ text: String) throws -> Date? {
        guard !text.isEmpty else { return nil }
        let milliseconds = try Timestamp.milliseconds(text, "FLOTILLA_TEST_NOW")
        return Date(timeIntervalSince1970: Double(milliseconds) / 1_000)
    }

    /// The secret that requests from other hosts carry.
    /// - Throws: `CommandFailure` with status `usage` for one that cannot be read, or that could be guessed.
    func apiToken() throws -> APIToken? {
        guard let secret = secrets.first(where: { $0.name == "FLOTILLA_API_TOKEN" }),
            let text = try secret.value(environment)
        else { return nil }
        guard let token = APIToken(text) else {
            throw CommandFailure(
                .usage, "\(secret.variable) holds a token that is too short or has spaces. Use 16 characters or more.")
        }
        return token
    }

    /// Registers the `flotilla.test.*` kinds in this process.
    mutating func useTestJobs() { testJobs = true }

    subscript(name: String) -> String { all.first { $0.name == name }?.value ?? "" }

    var home: URL { URL(fileURLWithPath: self["FLOTILLA_HOME"], isDirectory: true) }
    var schedulesPath: String { self["FLOTILLA_SCHEDULES"] }
    var databaseURL: String { self["DATABASE_URL"] }

    /// The file in which `up` leaves the address of the Redis that it has started.
    var embeddedRedisFile: URL { home.appendingPathComponent("redis.url") }

    /// What says where Redis is.
    var redisChoice: RedisChoice {
        if !self["REDIS_URL"].isEmpty { return .named }
        let isThere = FileManager.default.fileExists(atPath: embeddedRedisFile.path)
        return isThere ? .fleet(file: embeddedRedisFile.relativePath) : .usual
    }

    /// Where Redis is: as told, else the one that `up` started in this folder, else the usual port.
    func redisAddress() throws -> RedisAddress {
        let told = self["REDIS_URL"]
        if !told.isEmpty { return try RedisAddress(told) }
        if let text = try? String(contentsOf: embeddedRedisFile, encoding: .utf8) {
            return try RedisAddress(text.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        return try RedisAddress("redis://127.0.0.1:6379/0")
    }

    /// Settings of the exchange that the paper exchange does not need; shown all the same, so that an operator finds
    /// them.
    private static let plainNames = ["COINBASE_BASE_URL", "COINBASE_WS_URL", "COINBASE_PORTFOLIO_ID", "NO_COLOR"]

    private static let known = own.union([
        "FLOTILLA_HOME", "FLOTILLA_NAMESPACE", "FLOTILLA_SCHEDULES", "FLOTILLA_API_TOKEN", "FLOTILLA_API_TOKEN_FILE",
        "FLOTILLA_TEST_JOBS", "FLOTILLA_TEST_NOW", "FLOTILLA_LISTEN", "FLOTILLA_EXCHANGE_LIMIT", "FLOTILLA_DEMO",
    ])

    /// Variables that the fleet and its tests set for their processes; operators do not set them.
    private static let own: Set<String> = [
        "FLOTILLA_PARENT_FD", "FLOTILLA_WORKER_NAME", "FLOTILLA_STRICT", "FLOTILLA_TEST_RUN",
    ]

    /// A mistyped variable would otherwise be ignored in silence. Variables that Kubernetes sets for a Service whose
    /// name begins with `flotilla` are no mistake.
    private static func checkNames(_ environment: [String: String]) throws {
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) where name.hasPrefix("FLOTILLA_") {
            if known.contains(name) {
                guard ServiceLink.isAddress(value) else { continue }
                throw CommandFailure(
                    .usage,
                    "\(name) holds the address of a service, as Kubernetes sets it for a Service of that name. Rename "
                        + "the Service, or set enableServiceLinks: false in the pod.")
            }
            guard !ServiceLink.isOne(name, value) else { continue }
            let names = known.subtracting(own).sorted().joined(separator: ", ")
            throw CommandFailure(.usage, "No setting is called \(name). Unset it, or use one of: \(names).")
        }
    }
}
