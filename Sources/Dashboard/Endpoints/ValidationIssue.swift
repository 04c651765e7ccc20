import Documents

/// One thing that is wrong with a request, in the shape that the dashboard knows from its old backend (status 422).
struct ValidationIssue: Error, Sendable, Equatable {
    /// A step on the way to the place: a field's name or an index.
    enum Step: Sendable, Equatable {
        case name(String)
        case index(Int)
    }

    enum Kind: Sendable, Equatable {
        case missing
        case integerParsing, integerSize, integerKind, integerFraction
        case numberParsing, numberKind
        case flagParsing, flagKind
        case textKind, objectKind, listKind
        case jsonInvalid(String)
        case notAtLeast(String), notAtMost(String), notAbove(String)
        case tooLong(Int), tooShort(Int)
        /// A rule of its own, as a sentence.
        case rule(String)
    }

    let kind: Kind
    let location: [Step]
    let input: JSONValue

    init(_ kind: Kind, at location: [Step], input: JSONValue) {
        self.kind = kind
        self.location = location
        self.input = input
    }

    /// The word by which programs tell the issues apart.
    var type: String {
        switch kind {
        case .missing: "missing"
        case .integerParsing: "int_parsing"
        case .integerSize: "int_parsing_size"
        case .integerKind: "int_type"
        case .integerFraction: "int_from_float"
        case .numberParsing: "float_parsing"
        case .numberKind: "float_type"
        case .flagParsing: "bool_parsing"
        case .flagKind: "bool_type"
        case .textKind: "string_type"
        case .objectKind: "model_attributes_type"
        case .listKind: "list_type"
        case .jsonInvalid: "json_invalid"
        case .notAtLeast: "greater_than_equal"
        case .notAtMost: "less_than_equal"
        case .notAbove: "greater_than"
        case .tooLong: "string_too_long"
        case .tooShort: "string_too_short"
        case .rule: "value_error"
        }
    }

    /// For people.
    var message: String {
        switch kind {
        case .missing: "Field required"
        case .integerParsing: "Input should be a valid integer, unable to parse string as an integer"
        case .integerSize: "Unable to parse input string as an integer, exceeded maximum size"
        case .integerKind: "Input should be a valid integer"
        case .integerFraction: "Input should be a valid integer, got a number with a fractional part"
        case .numberParsing: "Input should be a valid number, unable to parse string as a number"
        case .numberKind: "Input should be a valid number"
        case .flagParsing: "Input should be a valid boolean, unable to interpret input"
        case .flagKind: "Input should be a valid boolean"
        case .textKind: "Input should be a valid string"
        case .objectKind: "Input should be a valid dictionary or object to extract fields from"
        case .listKind: "Input should be a valid list"
        case .jsonInvalid: "JSON decode error"
        case .notAtLeast(let bound): "Input should be greater than or equal to \(bound)"
        case .notAtMost(let bound): "Input should be less than or equal to \(bound)"
        case .notAbove(let bound): "Input should be greater than \(bound)"
        case .tooLong(let most): "String should have at most \(most) character\(most == 1 ? "" : "s")"
        case .tooShort(let least): "String should have at least \(least) character\(least == 1 ? "" : "s")"
        case .rule(let sentence): "Value error, \(sentence)"
        }
    }

    /// What the message was made from, as the old backend adds it; nil for none.
    private var context: OrderedFields<RawJSON>? {
        switch kind {
        case .notAtLeast(let bound): OrderedFields([("ge", RawJSON(bound))])
        case .notAtMost(let bound): OrderedFields([("le", RawJSON(bound))])
        case .notAbove(let bound): OrderedFields([("gt", RawJSON(bound))])
        case .tooLong(let most): OrderedFields([("max_length", RawJSON("\(most)"))])
        case .tooShort(let least): OrderedFields([("min_length", RawJSON("\(least)"))])
        case .rule: OrderedFields([("error", RawJSON("{}"))])
        case .jsonInvalid(let reason): OrderedFields([("error", RawJSON(JSONText.of(reason)))])
        default: nil
        }
    }

    /// As it stands in the body.
    var document: ValidationIssueDocument {
        ValidationIssueDocument(
            type: type,
            location: location.map { step in
                switch step {
                case .name(let name): RawJSON(JSONText.of(name))
                case .index(let index): RawJSON("\(index)")
                }
            },
            message: message, input: RawJSON(JSONText.of(input)), context: context)
    }
}
