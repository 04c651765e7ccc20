import Documents

extension Endpoint {
    /// How well the cache of market data serves.
    static func cacheMonitoring(_ dependencies: DashboardDependencies) -> [Endpoint] {
        let reading = MarketReading(dependencies)
        return [
            Endpoint(.get, "/api/v1/cache-monitoring/cache/stats", "How often readers find what they look for.") { _ in
                .document(await reading.statistics())
            },
            Endpoint(.get, "/api/v1/cache-monitoring/cache/health", "Whether the cache answers.") { _ in
                .document(await reading.health())
            },
        ]
    }
}
