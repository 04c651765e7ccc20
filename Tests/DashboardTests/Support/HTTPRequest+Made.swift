import HTTPTypes

extension HTTPRequest {
    /// A read with the headers that the guard looks at.
    static func request(
        _ method: HTTPRequest.Method = .get, host: String?, authorization: String? = nil
    ) -> HTTPRequest {
        var request = HTTPRequest(method: method, scheme: "http", authority: host, path: "/")
        if let authorization { request.headerFields[.authorization] = authorization }
        return request
    }
}
