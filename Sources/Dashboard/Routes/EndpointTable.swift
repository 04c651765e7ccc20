/// All operations that the server knows, group by group.
enum EndpointTable {
    /// `/api/v1`, and what the old backend answers beside it.
    static func dashboard(_ dependencies: DashboardDependencies) -> [Endpoint] {
        Endpoint.root(dependencies) + Endpoint.bots(dependencies) + Endpoint.notifications(dependencies)
            + Endpoint.systemErrors(dependencies) + Endpoint.health(dependencies)
            + Endpoint.trackedPairs(dependencies) + Endpoint.botStatus(dependencies)
            + Endpoint.trends(dependencies) + Endpoint.market(dependencies) + Endpoint.cacheMonitoring(dependencies)
            + Endpoint.marketAnalysis(dependencies) + Endpoint.pairSearch(dependencies)
            + Endpoint.rawTrades(dependencies) + Endpoint.trades(dependencies) + Endpoint.intelligence(dependencies)
    }

    /// The same, with probes, metrics and the description of all of them.
    static func all(_ dependencies: DashboardDependencies, counts: RequestCounts, hub: TradeSocketHub) -> [Endpoint] {
        let served =
            dashboard(dependencies) + Endpoint.probes(dependencies)
            + Endpoint.metrics(dependencies, counts: counts, hub: hub)
        // What is served takes the place of what is not.
        return Endpoint.unserved(UnservedTable.all) + served + Endpoint.descriptions(of: served)
    }
}
