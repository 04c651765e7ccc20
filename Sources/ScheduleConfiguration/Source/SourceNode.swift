import JobQueue

/// A piece of a YAML file that knows where it stood; what the rest of the parser sees of YAML.
struct SourceNode {
    let mark: SourceMark
    let content: Content

    enum Content {
        case scalar(Scalar)
        case sequence([SourceNode])
        case mapping([Pair])
    }

    struct Scalar {
        let text: String
        /// Not quoted and not a block: may be a number, a truth value or null.
        let isPlain: Bool

        var isNull: Bool { isPlain && ["", "~", "null", "Null", "NULL"].contains(text) }
        var isTrue: Bool { isPlain && ["true", "True", "TRUE"].contains(text) }
        var isFalse: Bool { isPlain && ["false", "False", "FALSE"].contains(text) }
    }

    struct Pair {
        let key: String
        let keyMark: SourceMark
        let value: SourceNode
    }

    /// What an error message calls this.
    var shown: String {
        switch content {
        case .sequence: return "a list"
        case .mapping: return "a mapping"
        case .scalar(let scalar):
            if scalar.isNull { return "nothing" }
            if scalar.isTrue || scalar.isFalse { return "the truth value \(scalar.text)" }
            if scalar.isPlain && JSONText.isNumber(scalar.text) { return "the number \(scalar.text)" }
            return "'\(scalar.text.shortened)'"
        }
    }

    var isNull: Bool {
        if case .scalar(let scalar) = content { scalar.isNull } else { false }
    }

    /// The meaning of a truth value in a form that this file does not accept: a word of YAML 1.1, in upper or lower
    /// case, in quotes, or as a number.
    var meantTruth: Bool? {
        guard case .scalar(let scalar) = content else { return nil }
        return switch scalar.text.lowercased().filter({ !$0.isWhitespace }) {
        case "true", "yes", "on", "y", "t", "1", "enable", "enabled": true
        case "false", "no", "off", "n", "f", "0", "disable", "disabled": false
        default: nil
        }
    }
}

/// A place in a file: line and column from 1, columns in Unicode scalars.
struct SourceMark: Hashable {
    let line: Int
    let column: Int
}
