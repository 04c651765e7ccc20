import Documents

extension Endpoint {
    /// What the old backend says of itself.
    static func root(_ dependencies: DashboardDependencies) -> [Endpoint] {
        [
            Endpoint(.get, "/", "What this is, and where its description is.") { _ in
                .document(
                    WelcomeDocument(message: "Bot-based Trading API", version: "1.0.0", documentation: "/api/docs"))
            },
            Endpoint(.get, SocketGate.path, "The socket of trades; without an upgrade to WebSocket there is nothing.") {
                _ in throw DashboardError.upgradeRequired("Open this path as a WebSocket.")
            },
            Endpoint(.get, "/health", "The process answers.") { _ in
                .document(ServiceDocument(status: "healthy", service: "Trading Bot"))
            },
        ]
    }
}
