/// A regular expression that is matched by following all its paths at once (Thompson, 1968): the time is bounded by
/// expression × text, so no expression can hang a node.
///
/// Literals, `.`, sets, `\d \w \s`, groups, `|`, `* + ? {m,n}` (lazy forms too), `^` and `$`. Backreferences,
/// look-around and inline flags are not understood.
struct LinearPattern {
    enum Step {
        case scalar(Unicode.Scalar)
        case any
        case set(ScalarSet)
        /// Goes on at both places.
        case split(Int, Int)
        case jump(Int)
        case start
        case end
        case accept
    }

    /// Steps of an expression at most: `{m,n}` multiplies what it repeats.
    static let limit = 5000

    private let steps: [Step]

    /// nil for an expression that is not understood or too large.
    init?(_ pattern: String) {
        var parser = LinearPatternParser(Array(pattern.unicodeScalars))
        guard let node = parser.expression(), parser.isAtEnd else { return nil }
        var steps: [Step] = []
        guard Self.compile(node, into: &steps) else { return nil }
        steps.append(.accept)
        self.steps = steps
    }

    /// Whether the text begins with a match, as `re.match` asks.
    func matchesStart(of text: [Unicode.Scalar]) -> Bool {
        var current: Set<Int> = []
        add(0, to: &current, at: 0, of: text)
        for index in 0...text.count {
            if current.contains(where: { if case .accept = steps[$0] { true } else { false } }) { return true }
            guard index < text.count, !current.isEmpty else { return false }
            var next: Set<Int> = []
            for step in current where fits(steps[step], text[index]) {
                add(step + 1, to: &next, at: index + 1, of: text)
            }
            current = next
        }
        return false
    }

    private func fits(_ step: Step, _ scalar: Unicode.Scalar) -> Bool {
        switch step {
        case .scalar(let wanted): wanted == scalar
        case .any: scalar != "\n"
        case .set(let set): set.contains(scalar)
        case .split, .jump, .start, .end, .accept: false
        }
    }

    /// Adds a step and all that is reached from it without taking a character.
    private func add(_ step: Int, to set: inout Set<Int>, at index: Int, of text: [Unicode.Scalar]) {
        var open = [step]
        while let step = open.popLast() {
            guard set.insert(step).inserted else { continue }
            switch steps[step] {
            case .split(let first, let second): open += [first, second]
            case .jump(let target): open.append(target)
            case .start: if index == 0 { open.append(step + 1) }
            case .end:
                if index == text.count || (index == text.count - 1 && text[index] == "\n") { open.append(step + 1) }
            case .scalar, .any, .set, .accept: break
            }
        }
    }

    private static func compile(_ node: LinearPatternParser.Node, into steps: inout [Step]) -> Bool {
        guard steps.count <= limit else { return false }
        switch node {
        case .step(let step): steps.append(step)
        case .sequence(let nodes): return nodes.allSatisfy { compile($0, into: &steps) }
        case .either(let first, let second):
            let split = steps.count
            steps.append(.accept)
            guard compile(first, into: &steps) else { return false }
            let jump = steps.count
            steps.append(.accept)
            steps[split] = .split(split + 1, steps.count)
            guard compile(second, into: &steps) else { return false }
            steps[jump] = .jump(steps.count)
        case .repeated(let node, let least, let most):
            for _ in 0..<least {
                let before = steps.count
                guard compile(node, into: &steps) else { return false }
                // Nothing repeated is nothing; counting it out could take for ever.
                if steps.count == before { break }
            }
            return compileRest(node, most.map { $0 - least }, into: &steps)
        }
        return true
    }

    /// What may follow the repetitions that must be: any number, or up to so many.
    private static func compileRest(
        _ node: LinearPatternParser.Node, _ most: Int?, into steps: inout [Step]
    ) -> Bool {
        guard let most else {
            let split = steps.count
            steps.append(.accept)
            guard compile(node, into: &steps) else { return false }
            steps.append(.jump(split))
            steps[split] = .split(split + 1, steps.count)
            return true
        }
        var splits: [Int] = []
        for _ in 0..<max(0, most) {
            splits.append(steps.count)
            steps.append(.accept)
            guard compile(node, into: &steps) else { return false }
        }
        for split in splits { steps[split] = .split(split + 1, steps.count) }
        return true
    }
}
