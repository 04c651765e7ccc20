import HTTPTypes

/// Refuses requests that a web page elsewhere, or another host, could make without the operator's knowledge.
///
/// The API asks for no password on loopback, because the existing dashboard sends none. So a browser must not be usable
/// against it: a name that leads here by DNS (rebinding) is refused by `Host`, and a page of another site by `Origin`
/// and `Sec-Fetch-Site` (the Fetch standard). With a token, every request from elsewhere must carry it.
struct RequestGuard: Sendable {
    /// The front ends that may call from a browser.
    static let frontEnds = ["http://localhost:3000", "http://localhost:5173"]

    /// Names by which a request may call this host, in small letters and without port.
    private let hosts: Set<String>
    private let origins: Set<String>
    private let token: APIToken?

    /// - Parameters:
    ///   - host: the address that is listened on.
    ///   - port: of that address.
    ///   - token: what requests from other hosts have to carry; nil for none, which only loopback may have.
    init(host: String, port: Int, token: APIToken?) {
        let names = ["localhost", "127.0.0.1", "[::1]", host.lowercased()]
        hosts = Set(names)
        origins = Set(Self.frontEnds + names.map { "http://\($0):\(port)" })
        self.token = token
    }

    /// Whether a page of this origin may call.
    func allows(origin: String) -> Bool { origins.contains(origin.lowercased()) }

    /// - Parameter isLoopback: whether the other end of the connection is on this host.
    /// - Throws: `badRequest` or `forbidden`.
    func check(_ request: HTTPRequest, isLoopback: Bool) throws(DashboardError) {
        guard let authority = request.authority, !authority.isEmpty else {
            throw .badRequest("The header 'Host' is missing.")
        }
        if let token, token.isCarried(by: request.headerFields[.authorization]) { return try checkOrigin(request) }
        guard isLoopback else {
            throw .forbidden("Requests from other hosts need the token: 'Authorization: Bearer TOKEN'.")
        }
        guard hosts.contains(Self.host(of: authority)) else {
            throw .forbidden("The header 'Host' names none of this server's addresses. Use localhost.")
        }
        try checkOrigin(request)
    }

    private func checkOrigin(_ request: HTTPRequest) throws(DashboardError) {
        let isSocket = request.path?.hasPrefix(SocketGate.path) ?? false
        guard isSocket || ![.get, .head, .options].contains(request.method) else { return }
        if let origin = request.headerFields[.origin] {
            guard allows(origin: origin) else {
                throw .forbidden("Pages of this origin may not change anything here.")
            }
            return
        }
        // A browser that sends no Origin says where the page is from in this header; programs send neither.
        if let site = request.headerFields[.secFetchSite], site != "same-origin", site != "none" {
            throw .forbidden("Pages of other sites may not change anything here.")
        }
    }

    /// The authority without its port.
    private static func host(of authority: String) -> String {
        let text = authority.lowercased()
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") { return String(text[...end]) }
        return String(text.prefix { $0 != ":" })
    }
}

extension HTTPField.Name {
    /// `Sec-Fetch-Site`: where a page stands that makes a request. The name is valid.
    static var secFetchSite: HTTPField.Name { HTTPField.Name("Sec-Fetch-Site") ?? .origin }
}
