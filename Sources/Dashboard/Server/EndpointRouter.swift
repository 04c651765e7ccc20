import Foundation

/// Finds the endpoint of a request. Both spellings of a path, with and without a slash at its end, are the same.
struct EndpointRouter: Sendable {
    private final class Branch: Sendable {
        let named: [String: Branch]
        /// The branch of any one segment, with the name of the parameter that it fills.
        let any: (parameter: String, branch: Branch)?
        let endpoints: [String: Endpoint]

        init(_ endpoints: [(segments: ArraySlice<String>, endpoint: Endpoint)]) {
            var here: [String: Endpoint] = [:]
            var below: [String: [(segments: ArraySlice<String>, endpoint: Endpoint)]] = [:]
            for (segments, endpoint) in endpoints {
                guard let first = segments.first else {
                    here[endpoint.method.rawValue] = endpoint
                    continue
                }
                below[first, default: []].append((segments.dropFirst(), endpoint))
            }
            self.endpoints = here
            var named: [String: Branch] = [:]
            var any: (parameter: String, branch: Branch)?
            for (segment, rest) in below {
                if segment.hasPrefix("{") {
                    any = (String(segment.dropFirst().dropLast()), Branch(rest))
                } else {
                    named[segment] = Branch(rest)
                }
            }
            (self.named, self.any) = (named, any)
        }
    }

    /// What a path leads to.
    struct Match: Sendable {
        let endpoint: Endpoint
        /// Decoded texts of the path's parameters.
        let parameters: [String: String]
    }

    private let root: Branch

    /// - Parameter endpoints: paths whose parameters at one place have one name; a later one of the same method and
    ///   path replaces the earlier.
    init(_ endpoints: [Endpoint]) {
        root = Branch(endpoints.map { (Self.segments(of: $0.path)[...], $0) })
    }

    /// - Parameters:
    ///   - method: in capitals.
    ///   - path: as in the request, still percent-encoded.
    /// - Throws: `notFound`; `methodNotAllowed` with the methods of the path; `badRequest` for a path that is no UTF-8.
    func match(_ method: String, _ path: String) throws(DashboardError) -> Match {
        var texts: [String] = []
        for segment in Self.segments(of: path) {
            guard let text = segment.removingPercentEncoding else {
                throw .badRequest("The path is no valid UTF-8 text.")
            }
            texts.append(text)
        }
        guard let (endpoints, parameters) = find(texts[...], in: root) else { throw .notFound(DashboardError.noRoute) }
        guard let endpoint = endpoints[method] else { throw .methodNotAllowed(allowed: endpoints.keys.sorted()) }
        return Match(endpoint: endpoint, parameters: parameters)
    }

    private func find(
        _ segments: ArraySlice<String>, in branch: Branch
    ) -> (endpoints: [String: Endpoint], parameters: [String: String])? {
        guard let first = segments.first else {
            return branch.endpoints.isEmpty ? nil : (branch.endpoints, [:])
        }
        if let next = branch.named[first], let found = find(segments.dropFirst(), in: next) { return found }
        guard let any = branch.any, var found = find(segments.dropFirst(), in: any.branch) else { return nil }
        found.parameters[any.parameter] = first
        return found
    }

    private static func segments(of path: String) -> [String] {
        path.split(separator: "/", omittingEmptySubsequences: true).map(String.init)
    }
}
