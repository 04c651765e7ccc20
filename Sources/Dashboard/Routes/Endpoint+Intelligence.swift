import Documents
import Foundation

extension Endpoint {
    /// What bots, predictions and fills come to, and the weights that follow from it.
    static func intelligence(_ dependencies: DashboardDependencies) -> [Endpoint] {
        let analytics: @Sendable (EndpointCall) async throws -> Answer = { _ in
            .document(try await IntelligenceReading(dependencies).document())
        }
        return [
            Endpoint(
                .get, "/api/v1/intelligence/comprehensive", "What bots, predictions and fills come to.",
                respond: analytics),
            Endpoint(
                .get, "/api/v1/intelligence/analytics", "The same under its other name.", respond: analytics),
            Endpoint(.get, "/api/v1/intelligence/status", "What this group of routes says of itself.") { _ in
                .document(
                    IntelligenceStatusDocument(
                        status: "active", version: "5.0", phasesCompleted: 4,
                        description: "Intelligence Framework Analytics API"))
            },
            Endpoint(
                .post, "/api/v1/signal-performance/adaptive-weighting/update-all-bots",
                "Weighs the signals of every running bot anew, by a job."
            ) { _ in
                let id = try await dependencies.enqueue(.rebalance, #"{"what":"weights"}"#)
                return .document(
                    TaskStartedDocument(
                        success: true, message: "Weight update task triggered for all eligible bots", taskID: id,
                        at: dependencies.now()))
            },
        ]
    }
}
