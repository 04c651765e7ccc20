/// A pattern of node names: `glob` as Python's `fnmatch`, or `pcre` as Python's `re.match`.
///
/// Patterns come from anyone who can publish on the broker. Matching takes time in proportion to pattern × name,
/// whatever the pattern is; what that excludes (backreferences, look-around) is refused.
struct NodePattern {
    private enum Kind {
        case glob([GlobPart])
        case expression(LinearPattern)
    }

    private enum GlobPart {
        case any
        case one
        case scalar(Unicode.Scalar)
        case set(ScalarSet)
    }

    /// Characters of a pattern at most.
    static let limit = 1000

    private let kind: Kind

    /// nil for a pattern that is not taken: too long, not understood, or of an unknown matcher.
    init?(_ pattern: String, matcher: String) {
        guard pattern.utf8.count <= Self.limit else { return nil }
        switch matcher {
        case "glob": kind = .glob(Self.parts(Array(pattern.unicodeScalars)))
        case "pcre":
            guard let expression = LinearPattern(pattern) else { return nil }
            kind = .expression(expression)
        default: return nil
        }
    }

    /// Whether a node is meant.
    func matches(_ node: String) -> Bool {
        let scalars = Array(node.unicodeScalars)
        return switch kind {
        case .glob(let parts): Self.matches(parts, scalars)
        case .expression(let expression): expression.matchesStart(of: scalars)
        }
    }

    private static func parts(_ pattern: [Unicode.Scalar]) -> [GlobPart] {
        var parts: [GlobPart] = []
        var index = 0
        while index < pattern.count {
            let scalar = pattern[index]
            index += 1
            switch scalar {
            case "*":
                if case .any? = parts.last { continue }
                parts.append(.any)
            case "?": parts.append(.one)
            case "[":
                guard let (set, next) = ScalarSet.glob(pattern, from: index) else {
                    parts.append(.scalar(scalar))
                    continue
                }
                parts.append(.set(set))
                index = next
            default: parts.append(.scalar(scalar))
            }
        }
        return parts
    }

    /// Two fingers and the last star: at most parts × scalars steps.
    private static func matches(_ parts: [GlobPart], _ text: [Unicode.Scalar]) -> Bool {
        var part = 0
        var at = 0
        var star: (part: Int, at: Int)?
        while at < text.count {
            if part < parts.count, case .any = parts[part] {
                star = (part, at)
                part += 1
            } else if part < parts.count, fits(parts[part], text[at]) {
                part += 1
                at += 1
            } else if let last = star {
                star = (last.part, last.at + 1)
                part = last.part + 1
                at = last.at + 1
            } else {
                return false
            }
        }
        return parts[part...].allSatisfy { if case .any = $0 { true } else { false } }
    }

    private static func fits(_ part: GlobPart, _ scalar: Unicode.Scalar) -> Bool {
        switch part {
        case .any: false
        case .one: true
        case .scalar(let wanted): wanted == scalar
        case .set(let set): set.contains(scalar)
        }
    }
}
