/// Reads a regular expression for `LinearPattern`.
struct LinearPatternParser {
    indirect enum Node {
        case step(LinearPattern.Step)
        case sequence([Node])
        case either(Node, Node)
        /// So many times at least and at most; nil for any number.
        case repeated(Node, Int, Int?)
    }

    private let pattern: [Unicode.Scalar]
    private var index = 0
    private var depth = 0
    /// Groups within groups at most: each takes stack.
    private static let depthLimit = 50

    init(_ pattern: [Unicode.Scalar]) { self.pattern = pattern }

    var isAtEnd: Bool { index == pattern.count }

    /// Alternatives up to the end or a closing parenthesis; nil where something is not understood.
    mutating func expression() -> Node? {
        guard var node = sequence() else { return nil }
        while take("|") {
            guard let other = sequence() else { return nil }
            node = .either(node, other)
        }
        return node
    }

    private mutating func sequence() -> Node? {
        var nodes: [Node] = []
        while let scalar = peek, scalar != "|", scalar != ")" {
            guard let atom = atom(), let node = repetition(of: atom) else { return nil }
            nodes.append(node)
        }
        return .sequence(nodes)
    }

    private mutating func atom() -> Node? {
        guard let scalar = next() else { return nil }
        switch scalar {
        case "(": return group()
        case ".": return .step(.any)
        case "^": return .step(.start)
        case "$": return .step(.end)
        case "[": return set().map { .step(.set($0)) }
        case "\\":
            guard let letter = next() else { return nil }
            if let set = ScalarSet.named(letter) { return .step(.set(set)) }
            return escaped(letter).map { .step(.scalar($0)) }
        case "*", "+", "?": return nil
        default: return .step(.scalar(scalar))
        }
    }

    private mutating func group() -> Node? {
        if take("?") {
            // (?:…) and (?P<name>…); look-around and flags are not understood.
            if take("P") {
                guard take("<"), let end = pattern[index...].firstIndex(of: ">") else { return nil }
                index = end + 1
            } else {
                guard take(":") else { return nil }
            }
        }
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit, let node = expression(), take(")") else { return nil }
        return node
    }

    private mutating func repetition(of node: Node) -> Node? {
        guard let (least, most) = bounds() else { return node }
        guard most.map({ $0 >= least }) ?? true else { return nil }
        // Lazy forms take the same texts.
        _ = take("?")
        // As in Python, a repetition of a repetition needs a group.
        guard bounds() == nil else { return nil }
        return .repeated(node, least, most)
    }

    /// How often, as written at the index; nil where nothing says so.
    private mutating func bounds() -> (Int, Int?)? {
        switch peek {
        case "*":
            index += 1
            return (0, nil)
        case "+":
            index += 1
            return (1, nil)
        case "?":
            index += 1
            return (0, 1)
        case "{":
            // As in Python, a brace that is no repetition is a plain character.
            guard let (least, most, end) = braces() else { return nil }
            index = end
            return (least, most)
        default: return nil
        }
    }

    /// `{m}`, `{m,}`, `{,n}`, `{m,n}` at the index, and where it ends.
    private func braces() -> (Int, Int?, end: Int)? {
        guard let close = pattern[index...].firstIndex(of: "}") else { return nil }
        let text = String(String.UnicodeScalarView(pattern[(index + 1)..<close]))
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ $0.isEmpty || (UInt16($0) != nil && $0.count <= 4) }),
            text != "", text != ","
        else { return nil }
        let least = Int(parts[0]) ?? 0
        return (least, parts.count == 1 ? least : Int(parts[1]), close + 1)
    }

    private mutating func set() -> ScalarSet? {
        var set = ScalarSet()
        let isNegated = take("^")
        var isFirst = true
        while let scalar = next() {
            if scalar == "]", !isFirst {
                set.isNegated = isNegated
                return set
            }
            isFirst = false
            var low = scalar
            if scalar == "\\" {
                guard let letter = next() else { return nil }
                if let named = ScalarSet.named(letter) {
                    set.ranges += named.positiveRanges
                    continue
                }
                guard let plain = escaped(letter) else { return nil }
                low = plain
            }
            guard peek == "-", index + 1 < pattern.count, pattern[index + 1] != "]" else {
                set.ranges.append(low.value...low.value)
                continue
            }
            index += 1
            guard var high = next() else { return nil }
            if high == "\\" {
                guard let letter = next(), let plain = escaped(letter) else { return nil }
                high = plain
            }
            guard low <= high else { return nil }
            set.ranges.append(low.value...high.value)
        }
        return nil
    }

    /// Letters and digits after a backslash have meanings that are not understood here, but for three.
    private func escaped(_ letter: Unicode.Scalar) -> Unicode.Scalar? {
        switch letter {
        case "n": "\n"
        case "t": "\t"
        case "r": "\r"
        case "a"..."z", "A"..."Z", "0"..."9": nil
        default: letter
        }
    }

    private var peek: Unicode.Scalar? { index < pattern.count ? pattern[index] : nil }

    private mutating func next() -> Unicode.Scalar? {
        guard index < pattern.count else { return nil }
        defer { index += 1 }
        return pattern[index]
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek == scalar else { return false }
        index += 1
        return true
    }
}
