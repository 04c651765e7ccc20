import Documents
import Foundation
import JobQueue
import Ledger
import Trading

/// How the fleet is, and what its logs say.
struct HealthEndpoints: Sendable {
    private let dependencies: DashboardDependencies

    init(_ dependencies: DashboardDependencies) { self.dependencies = dependencies }

    private static let mostLines = 1_000
    private static let mostMinutes = 60 * 24 * 366
    /// Of `recent_critical_events`.
    private static let (recentMinutes, mostRecent) = (60, 10)

    var all: [Endpoint] {
        [
            Endpoint(.get, "/api/v1/health/comprehensive", "How services and bots are.") { _ in
                .document(await health())
            },
            Endpoint(
                .get, "/api/v1/health/critical-events", "Warnings and errors of the logs, newest first.",
                [.query("minutes", .integer, standard: "60")]
            ) { call in
                let minutes = call.integer("minutes")
                return .document(
                    CriticalEventsDocument(
                        await events(minutes: minutes), minutes: minutes, updated: dependencies.now()))
            },
            Endpoint(
                .get, "/api/v1/health/logs", "The last lines of a log.",
                [
                    .query("log_file", .text, standard: DashboardLogs.files[0]),
                    .query("lines", .integer, standard: "50"),
                ]
            ) { call in
                try await logs(call.text("log_file") ?? "", lines: call.integer("lines"))
            },
        ]
    }

    private func logs(_ file: String, lines: Int) async throws(DashboardError) -> Answer {
        guard DashboardLogs.files.contains(file) else {
            let names = DashboardLogs.files.map { "'\($0)'" }.joined(separator: ", ")
            throw .badRequest("Invalid log file. Allowed: [\(names)]")
        }
        let last = await read(file).suffix(min(max(lines, 0), Self.mostLines))
        return .document(
            LogDocument(
                file: file, requested: lines, lines: last.map(\.document), updated: dependencies.now()))
    }

    private func read(_ file: String) async -> [LogLine] {
        let now = dependencies.now()
        return await dependencies.logs.lines(file).map { LogLine($0, in: file, now: now) }
    }

    private func events(minutes: Int) async -> [LogDocument.Line] {
        let past = 60 * Double(min(max(minutes, 0), Self.mostMinutes))
        let begin = LogLine.spelled(dependencies.now().addingTimeInterval(-past))
        var found: [LogLine] = []
        for file in DashboardLogs.files {
            found += await read(file).filter { $0.isCritical && ($0.timestamp ?? "") >= begin }
        }
        // The times sort as their texts; lines of one second keep their order.
        let sorted = found.enumerated().sorted { left, right in
            let (before, after) = (left.element.timestamp ?? "", right.element.timestamp ?? "")
            return before == after ? left.offset < right.offset : before > after
        }
        return sorted.map(\.element.document)
    }

    // MARK: Services and bots

    private func health() async -> SystemHealthDocument {
        let recent = await events(minutes: Self.recentMinutes)
        let (queues, tables) = (await backend(), await database())
        let bots = tables.bots.map { bot in
            SystemHealthDocument.Bot(
                id: bot.id, name: bot.name, status: bot.status.rawValue, score: bot.currentCombinedScore,
                health: Self.isIll(bot) ? "error" : "healthy")
        }
        let services = [queues.problem, tables.problem]
        let score = HealthScore(
            services: (services.count, services.count { $0 != nil }),
            bots: (bots.count, tables.bots.count { Self.isIll($0) }), events: recent.count)
        return SystemHealthDocument(
            status: score.status, score: score.value,
            services: OrderedFields([
                ("backend", service(queues.problem, queues.well)),
                ("database", service(tables.problem, "SQLite operational")),
            ]),
            bots: bots, events: Array(recent.prefix(Self.mostRecent)), updated: dependencies.now())
    }

    private static func isIll(_ bot: KeptBot) -> Bool { bot.status == .error || bot.fault != nil }

    private func service(_ problem: String?, _ well: String) -> SystemHealthDocument.Service {
        SystemHealthDocument.Service(status: problem == nil ? "healthy" : "error", details: problem ?? well)
    }

    /// This process answers; whether it reaches the queues is what can be asked.
    private func backend() async -> (problem: String?, well: String) {
        let time = LogLine.spelled(dependencies.now()).suffix(8)
        do throws(JobQueueError) {
            _ = try await QueueInspector(broker: dependencies.broker).queues()
            return (nil, "Active (last activity: \(time))")
        } catch {
            return ("\(error)", "")
        }
    }

    private func database() async -> (problem: String?, bots: [KeptBot]) {
        do throws(LedgerError) {
            let bots = try await dependencies.ledger.keptBots()
            return (await dependencies.ledger.fileTrouble().map { "\($0)" }, bots)
        } catch {
            return ("\(error)", [])
        }
    }
}

extension Endpoint {
    /// See `HealthEndpoints`.
    static func health(_ dependencies: DashboardDependencies) -> [Endpoint] { HealthEndpoints(dependencies).all }
}
