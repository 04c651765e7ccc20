/// All operations of `/api/v1`, group by group.
enum EndpointTable {
    static func all(_ dependencies: DashboardDependencies) -> [Endpoint] {
        Endpoint.root(dependencies) + Endpoint.bots(dependencies) + Endpoint.notifications(dependencies)
            + Endpoint.systemErrors(dependencies) + Endpoint.health(dependencies)
            + Endpoint.trackedPairs(dependencies) + Endpoint.rawTrades(dependencies) + Endpoint.trades(dependencies)
            + Endpoint.intelligence(dependencies)
    }
}
