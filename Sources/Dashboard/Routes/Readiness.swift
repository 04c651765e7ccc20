import Documents
import Exchange
import Foundation
import JobQueue
import Ledger
import Logging
import Redis
import Trading

extension Endpoint {
    /// For load balancers and Kubernetes: whether the process lives, and whether it can show what is true.
    static func probes(_ dependencies: DashboardDependencies) -> [Endpoint] {
        [
            Endpoint(.get, "/healthz", "The process lives.") { _ in
                .document(ServiceDocument(status: "ok", service: "flotilla"))
            },
            Endpoint(.get, "/readyz", "Redis, the ledger, a leader of the schedule and fresh market data are there.") {
                _ in
                let checks = await Readiness(dependencies).checks()
                let isReady = checks.allSatisfy(\.isOK)
                return .document(ReadinessDocument(isReady: isReady, checks: checks), status: isReady ? 200 : 503)
            },
        ]
    }
}

/// Looks at what an answer of the API depends on.
struct Readiness: Sendable {
    /// Prices older than this are not fresh.
    static let freshSeconds: TimeInterval = 300

    private let dependencies: DashboardDependencies

    init(_ dependencies: DashboardDependencies) { self.dependencies = dependencies }

    /// One for each, in a fixed order, failed or not.
    func checks() async -> [ReadinessDocument.Check] {
        [
            await check("redis") { _ = try await dependencies.broker.redis.send(["PING"]) },
            await check("ledger") {
                if let trouble = await dependencies.ledger.trouble() { throw NotReady(reason: "\(trouble)") }
                _ = try await dependencies.ledger.health()
            },
            await check("leader") {
                guard try await QueueInspector(broker: dependencies.broker).leader() != nil else {
                    throw NotReady(reason: "no scheduler leads: start one ('flotilla up' or 'flotilla scheduler')")
                }
            },
            await check("market data") { try await checkPrices() },
        ]
    }

    private struct NotReady: Error { let reason: String }

    private func checkPrices() async throws {
        let products = Set(try await dependencies.ledger.runningBots().compactMap { $0.bot?.product })
        guard !products.isEmpty else { return }
        let quotes = try await dependencies.cache.quotes(products.sorted())
        let now = dependencies.now()
        guard quotes.values.contains(where: { $0.ageSeconds(at: now) < Self.freshSeconds }) else {
            throw NotReady(reason: "no price of a running bot's product is younger than 5 minutes")
        }
    }

    private func check(_ name: String, _ look: () async throws -> Void) async -> ReadinessDocument.Check {
        do {
            try await look()
            return ReadinessDocument.Check(name: name, isOK: true, reason: nil)
        } catch let error as NotReady {
            return ReadinessDocument.Check(name: name, isOK: false, reason: error.reason)
        } catch {
            dependencies.logger.warning("not ready: \(name): \(error)")
            return ReadinessDocument.Check(name: name, isOK: false, reason: "\(name) cannot be reached")
        }
    }
}
