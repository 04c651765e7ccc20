/// Calls an endpoint by method, path and query, with all checks; without a connection, so without those of the caller.
struct EndpointCaller: Sendable {
    let router: EndpointRouter

    /// - Returns: also for a failure that the dashboard knows; others are thrown.
    func answer(
        _ method: String, _ path: String, query: String = "", body: [String: JSONValue] = [:]
    ) async throws -> Answer {
        do {
            let match = try router.match(method, path)
            let values = try Self.values(of: match, query)
            return try await match.endpoint.respond(EndpointCall(values: values, body: body))
        } catch let error as DashboardError {
            return error.answer
        }
    }

    /// All issues of the parameters at once, in the order of the table.
    static func values(of match: EndpointRouter.Match, _ query: String) throws(DashboardError) -> [String:
        ParameterValue]
    {
        let given = try QueryText.parameters(query)
        var values: [String: ParameterValue] = [:]
        var issues: [ValidationIssue] = []
        for parameter in match.endpoint.parameters {
            do throws(ValidationIssue) {
                let text = parameter.place == .path ? match.parameters[parameter.name] : given[parameter.name]
                values[parameter.name] = try parameter.value(text)
            } catch {
                issues.append(error)
            }
        }
        guard issues.isEmpty else { throw .invalid(issues) }
        return values
    }
}
