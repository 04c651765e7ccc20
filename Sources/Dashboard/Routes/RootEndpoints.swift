import Documents

extension Endpoint {
    /// What the old backend says of itself.
    static func root(_ dependencies: DashboardDependencies) -> [Endpoint] {
        [
            Endpoint(.get, "/", "What this is, and where its description is.") { _ in
                .document(
                    WelcomeDocument(message: "Bot-based Trading API", version: "1.0.0", documentation: "/api/docs"))
            },
            Endpoint(.get, "/health", "The process answers.") { _ in
                .document(ServiceDocument(status: "healthy", service: "Trading Bot"))
            },
        ]
    }
}
