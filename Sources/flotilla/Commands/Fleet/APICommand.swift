import ArgumentParser
import Dashboard
import Documents
import Foundation
import JobQueue
import Ledger
import Logging
import Redis

struct APICommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "api",
        abstract: "Serve the dashboard's API (/api/v1), probes and metrics over HTTP.",
        discussion: """
            Reads the ledger and the cache; what a page asks to be done becomes a job or an edit of the ledger. It \
            listens on this host only, unless FLOTILLA_API_TOKEN is set: then requests from other hosts carry it.
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: "HOST:PORT, such as 127.0.0.1:8000 (FLOTILLA_LISTEN).") var listen: String?
    @Option(help: "The folder of the built front end, served at /.") var dashboard: String?
    @Option(help: "Pass what is not served here on to the old backend at this URL; reads only.") var fallback: String?
    @Flag(help: "With --fallback: pass on changes too.") var fallbackWrites = false
    @Option(
        help: "Instead of serving: ask the old backend at this URL all that it is read for, and print what differs.")
    var compare: String?
    @Flag(help: "An error at the start or end as one JSON document on stdout; with --compare the differences.")
    var json = false

    func validate() throws {
        guard !fallbackWrites || fallback != nil else {
            throw ValidationError("--fallback-writes needs --fallback URL.")
        }
    }

    func run() async throws {
        let composition = try Composition(common)
        try composition.settings.refuseUnobeyed()
        if let compare { return try await comparison(composition, try Self.upstream(compare, "--compare")) }
        let named = if let listen { try ListenAddress(listen) } else { composition.settings.listen }
        guard let address = named else {
            throw CommandFailure(.usage, "The API is told to listen nowhere. Name an address with --listen.")
        }
        var options = try Self.serverOptions(composition, address, frontEnd: dashboard)
        options.fallback = try fallback.map {
            Fallback(try Self.upstream($0, "--fallback"), passesChanges: fallbackWrites)
        }
        LogLines.keep(.backend, composition.settings)
        let client = try composition.redis(patience: .seconds(10))
        try await composition.awaitRedis(client)
        let broker = Broker(redis: client)
        try await LedgerClaim.precede(composition, broker)
        let dependencies = try await composition.dashboard(broker)
        var random = SystemRandomNumberGenerator()
        let holder = WorkerID(host: ServiceRunner.host, pid: ServiceRunner.pid, using: &random).description
        let claim = try await LedgerClaim.begin(composition, broker, dependencies.ledger, holder: holder)
        let watch = LedgerWatch(ledger: dependencies.ledger, claim: claim)
        let logger = composition.logger
        let host = options.host
        let server = DashboardServer(options, dependencies) { port in
            logger.notice("the API listens on http://\(host):\(port)/api/v1")
        }
        try await ServiceRunner(settings: composition.settings, logger: logger).run([watch, server])
        await client.close()
        try await dependencies.ledger.close()
    }

    private func comparison(_ composition: Composition, _ address: UpstreamAddress) async throws {
        let differing = try await composition.withBroker { broker in
            let dependencies = try await composition.dashboard(broker)
            var differing = 0
            try await BackendComparison(address, dependencies).run { result in
                if result.problem != nil || !result.differences.isEmpty { differing += 1 }
                show(result)
            }
            try await dependencies.ledger.close()
            return differing
        }
        guard differing > 0 else { return }
        throw CommandFailure(
            .changed, "\(differing) answers differ. The table of known differences: ops/dashboard.md.")
    }

    private func show(_ result: BackendComparison.Result) {
        if json {
            return Terminal.printDocument(
                ComparedAnswerDocument(
                    question: result.question, problem: result.problem,
                    differences: result.differences.map { .init(path: $0.path, there: $0.there, here: $0.here) }))
        }
        if let problem = result.problem { return print("\(result.question): not compared: \(problem)") }
        print("\(result.question): " + (result.differences.isEmpty ? "equal" : "\(result.differences.count) differ"))
        for difference in result.differences {
            print(
                "    \(difference.path): there \(difference.there ?? "nothing"), here \(difference.here ?? "nothing")")
        }
    }

    private static func upstream(_ text: String, _ option: String) throws -> UpstreamAddress {
        guard let address = UpstreamAddress(text) else {
            throw CommandFailure(
                .usage,
                "\(option) takes the URL of the old backend, such as http://127.0.0.1:8001; not '\(Shown.line(text))'.")
        }
        return address
    }

    /// - Throws: `CommandFailure` with status `usage` for what cannot be served, or only to everyone.
    static func serverOptions(
        _ composition: Composition, _ address: ListenAddress, frontEnd: String?
    ) throws -> DashboardServer.Options {
        let options = DashboardServer.Options(
            host: address.host, port: address.port, token: try composition.settings.apiToken(), frontEnd: frontEnd)
        guard options.isLoopback || options.token != nil else {
            throw CommandFailure(
                .usage,
                "\(address) can be reached from other hosts, and FLOTILLA_API_TOKEN is not set. Set it, or listen on "
                    + "127.0.0.1.")
        }
        if let frontEnd {
            let index = URL(fileURLWithPath: frontEnd, isDirectory: true).appendingPathComponent("index.html")
            guard FileManager.default.fileExists(atPath: index.path) else {
                throw CommandFailure(
                    .usage,
                    "There is no index.html in \(Shown.line(frontEnd, 300)). Name the folder of the built front end.")
            }
        }
        return options
    }
}
