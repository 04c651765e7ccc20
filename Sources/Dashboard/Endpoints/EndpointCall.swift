/// A request whose parameters are checked.
struct EndpointCall: Sendable {
    /// By name; what was not given and has no standard value is missing.
    let values: [String: ParameterValue]
    /// Members of the body; empty where the endpoint takes none.
    let body: [String: JSONValue]
    /// Elements of the body; empty where the endpoint takes none.
    let elements: [JSONValue]

    init(values: [String: ParameterValue], body: [String: JSONValue] = [:], elements: [JSONValue] = []) {
        self.values = values
        self.body = body
        self.elements = elements
    }

    /// 0 for a parameter that is no integer of this endpoint.
    func integer(_ name: String) -> Int {
        if case .integer(let value) = values[name] { value } else { 0 }
    }

    /// 0 for a parameter that is no number of this endpoint.
    func number(_ name: String) -> Double {
        if case .number(let value) = values[name] { value } else { 0 }
    }

    /// False for a parameter that is no flag of this endpoint.
    func flag(_ name: String) -> Bool {
        if case .flag(let value) = values[name] { value } else { false }
    }

    /// Nil when it was not given.
    func text(_ name: String) -> String? {
        if case .text(let value) = values[name] { value } else { nil }
    }
}
