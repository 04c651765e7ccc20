import JobQueue

/// Writes a YAML mapping as JSON text: keys sorted, numbers digit for digit as they were written.
enum JSONText {
    /// Where and why a value has no JSON form.
    struct Refusal {
        let mark: SourceMark
        let message: String
    }

    /// - Parameter refusals: gains whatever cannot be written; the text is then not to be used.
    static func text(of node: SourceNode, refusals: inout [Refusal]) -> String {
        var output = ""
        write(node, to: &output, &refusals)
        return output
    }

    /// Whether the text is a number in JSON's grammar.
    static func isNumber(_ text: String) -> Bool {
        text.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/) != nil
    }

    private static func write(_ node: SourceNode, to output: inout String, _ refusals: inout [Refusal]) {
        switch node.content {
        case .scalar(let scalar):
            if let sentence = ambiguity(of: scalar) { refusals.append(Refusal(mark: node.mark, message: sentence)) }
            output += text(of: scalar)
        case .sequence(let nodes):
            output += "["
            for (index, node) in nodes.enumerated() {
                if index > 0 { output += "," }
                write(node, to: &output, &refusals)
            }
            output += "]"
        case .mapping(let pairs):
            output += "{"
            for (index, pair) in pairs.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }).enumerated() {
                if index > 0 { output += "," }
                output += quoted(pair.key) + ":"
                write(pair.value, to: &output, &refusals)
            }
            output += "}"
        }
    }

    private static func text(of scalar: SourceNode.Scalar) -> String {
        guard scalar.isPlain else { return quoted(scalar.text) }
        if scalar.isNull { return "null" }
        if scalar.isTrue { return "true" }
        if scalar.isFalse { return "false" }
        return isNumber(scalar.text) ? scalar.text : quoted(scalar.text)
    }

    /// YAML 1.1, YAML 1.2 and people read some words differently; a guess could change what a job does.
    private static func ambiguity(of scalar: SourceNode.Scalar) -> String? {
        guard scalar.isPlain, !isNumber(scalar.text) else { return nil }
        if let match = scalar.text.wholeMatch(of: /(?i:(yes|on|y)|no|off|n)/) {
            return "'\(scalar.text)' is a truth value in some YAML versions. "
                + "Write \(match.1 != nil), or quote it when the word is meant."
        }
        let number = /[+-]?(0[xob][0-9a-fA-F_]+|[0-9][0-9_]*\.?[0-9_]*([eE][+-]?[0-9]+)?|\.[0-9_]+|\.(?i:inf|nan))/
        guard scalar.text.wholeMatch(of: number) != nil else { return nil }
        return "'\(scalar.text.shortened)' is not a number that JSON can carry. "
            + "Write plain decimals such as 31 or 0.5, or quote it."
    }

    private static func quoted(_ text: String) -> String {
        var output = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case "\n": output += "\\n"
            case "\t": output += "\\t"
            case "\r": output += "\\r"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output + "\""
    }
}
