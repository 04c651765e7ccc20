import Documents

extension Endpoint {
    /// The description of the API, made from the table of endpoints itself.
    static func descriptions(of endpoints: [Endpoint]) -> [Endpoint] {
        let document = JSONText.bytes(of: OpenAPIDocument(endpoints.map(\.described)))
        let page = Answer.text(DescriptionPage.html(of: endpoints), contentType: "text/html; charset=utf-8")
        return [
            Endpoint(.get, "/api/v1/openapi.json", "This description, as OpenAPI 3.1.") { _ in
                Answer(status: 200, contentType: "application/json", body: document)
            },
            Endpoint(.get, "/docs", "This description, as a page.") { _ in page },
            Endpoint(.get, "/api/docs", "This description, as a page.") { _ in page },
        ]
    }

    /// As the description shows it.
    var described: OpenAPIDocument.Operation {
        OpenAPIDocument.Operation(
            method: method.rawValue.lowercased(), path: path, summary: summary,
            parameters: parameters.map { parameter in
                OpenAPIDocument.Parameter(
                    name: parameter.name, place: parameter.place.rawValue,
                    isRequired: parameter.place == .path || (parameter.standard == nil && !parameter.isOptional),
                    type: parameter.kind.word, least: parameter.kind.bounds.least, most: parameter.kind.bounds.most)
            }, body: body == .object ? "object" : body == .list ? "array" : nil)
    }
}

extension EndpointParameter.Kind {
    /// JSON Schema's word.
    var word: String {
        switch self {
        case .integer: "integer"
        case .number: "number"
        case .flag: "boolean"
        case .text: "string"
        }
    }

    /// Nil for none.
    var bounds: (least: Double?, most: Double?) {
        switch self {
        case .integer(let least, let most): (least.map(Double.init), most.map(Double.init))
        case .number(let least, let most): (least, most)
        case .flag, .text: (nil, nil)
        }
    }
}

/// The description as a plain page, without scripts.
enum DescriptionPage {
    static func html(of endpoints: [Endpoint]) -> String {
        let rows = endpoints.map { endpoint in
            let parameters = endpoint.parameters.map { escaped($0.name) }.joined(separator: ", ")
            return "<tr><td>\(endpoint.method.rawValue)</td><td><code>\(escaped(endpoint.path))</code></td>"
                + "<td>\(parameters)</td><td>\(escaped(endpoint.summary))</td></tr>"
        }
        return """
            <!doctype html><html lang="en"><meta charset="utf-8"><title>Flotilla: /api/v1</title>
            <style>body{font:14px/1.4 sans-serif;margin:2em}td{padding:.2em .8em .2em 0;vertical-align:top}</style>
            <h1>/api/v1</h1><p>For programs: <a href="/api/v1/openapi.json">openapi.json</a></p>
            <table>\(rows.joined(separator: "\n"))</table></html>
            """
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
