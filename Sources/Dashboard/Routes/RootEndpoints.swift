import Documents

extension Endpoint {
    /// What the old backend says of itself.
    static func root(_ dependencies: DashboardDependencies) -> [Endpoint] {
        [
            Endpoint(.get, "/health", "Whether the process answers.") { _ in
                .document(ServiceDocument(status: "healthy", service: "Trading Bot"))
            }
        ]
    }
}
