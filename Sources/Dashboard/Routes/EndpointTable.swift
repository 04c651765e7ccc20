/// All operations of `/api/v1`, group by group.
enum EndpointTable {
    static func all(_ dependencies: DashboardDependencies) -> [Endpoint] {
        Endpoint.root(dependencies) + Endpoint.botStatus(dependencies) + Endpoint.trends(dependencies)
    }
}
