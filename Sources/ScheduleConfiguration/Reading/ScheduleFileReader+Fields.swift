import JobQueue
import Time

/// The keys of one mapping, all of them allowed.
struct SourceFields {
    /// What messages call the mapping.
    let owner: String
    /// Where its name stands.
    let mark: SourceMark
    let pairs: [String: SourceNode.Pair]

    /// An absent key and one without a value are the same.
    subscript(key: String) -> SourceNode.Pair? {
        pairs[key].flatMap { $0.value.isNull ? nil : $0 }
    }
}

extension ScheduleFileReader {
    /// - Parameter refused: keys that exist elsewhere, each with the sentence that says what to do instead.
    /// - Returns: nil after reporting that the node is no mapping.
    mutating func fields(
        of node: SourceNode, owner: String, mark: SourceMark, allowed: [String], refused: [String: String] = [:]
    ) -> SourceFields? {
        if node.isNull { return SourceFields(owner: owner, mark: mark, pairs: [:]) }
        guard case .mapping(let pairs) = node.content else {
            report(
                node.mark,
                "\(owner) takes a mapping, not \(node.shown). Use the keys \(allowed.joined(separator: ", ")).")
            return nil
        }
        var known: [String: SourceNode.Pair] = [:]
        for pair in pairs {
            if allowed.contains(pair.key) {
                if known[pair.key] == nil { known[pair.key] = pair }
            } else if let sentence = refused[pair.key] {
                report(pair.keyMark, sentence)
            } else {
                report(
                    pair.keyMark, "\(owner) has no key '\(pair.key.shortened)'. " + choice(for: pair.key, of: allowed))
            }
        }
        return SourceFields(owner: owner, mark: mark, pairs: known)
    }

    /// `Did you mean x?` for a slip, else the whole list.
    func choice(for text: String, of allowed: some Sequence<String>) -> String {
        if let name = SpellingSuggestion.suggestion(for: text, among: allowed) { return "Did you mean \(name)?" }
        return "Use one of: \(allowed.sorted().joined(separator: ", "))."
    }

    mutating func text(_ pair: SourceNode.Pair, for purpose: String) -> String? {
        if case .scalar(let scalar) = pair.value.content { return scalar.text }
        report(pair.value.mark, "\(pair.key) takes \(purpose), not \(pair.value.shown).")
        return nil
    }

    func integerText(_ node: SourceNode) -> Int? {
        guard case .scalar(let scalar) = node.content, scalar.isPlain, JSONText.isNumber(scalar.text) else {
            return nil
        }
        return Int(scalar.text)
    }

    /// - Returns: nil after reporting; also when the number is out of range.
    mutating func integer(_ pair: SourceNode.Pair, _ range: ClosedRange<Int>) -> Int? {
        if let number = integerText(pair.value), range.contains(number) { return number }
        if pair.key != "version" || integerText(pair.value) == nil {
            report(
                pair.value.mark,
                "\(pair.key) takes a whole number from \(range.lowerBound) to \(range.upperBound), "
                    + "not \(pair.value.shown). "
                    + "Write for example \(pair.key): \(max(range.lowerBound, 1)).")
        }
        return nil
    }

    mutating func truth(_ fields: SourceFields, _ key: String, default value: Bool) -> Bool {
        guard let pair = fields[key] else { return value }
        if case .scalar(let scalar) = pair.value.content {
            if scalar.isTrue { return true }
            if scalar.isFalse { return false }
        }
        let meant = pair.value.meantTruth ?? value
        report(pair.value.mark, "\(key) takes true or false, not \(pair.value.shown). Write \(key): \(meant).")
        return meant
    }

    /// - Returns: milliseconds; nil when the key is absent, or after reporting.
    mutating func duration(_ fields: SourceFields, _ key: String) -> Int64? {
        guard let pair = fields[key] else { return nil }
        guard case .scalar(let scalar) = pair.value.content, integerText(pair.value) == nil else {
            let example = integerText(pair.value).map { "\(abs($0))s" } ?? "30s"
            report(
                pair.value.mark,
                "\(key) takes a duration, not \(pair.value.shown). Add a unit, for example \(key): \(example).")
            return nil
        }
        do {
            return try DurationParser.milliseconds(scalar.text)
        } catch {
            report(pair.value.mark, error.description)
            return nil
        }
    }

    /// The same as a `Duration`.
    mutating func length(_ fields: SourceFields, _ key: String) -> Duration? {
        duration(fields, key).map { .milliseconds($0) }
    }

    /// One of an enum's words; nil when the key is absent, or after reporting.
    mutating func word<Word: RawRepresentable & CaseIterable>(_ fields: SourceFields, _ key: String) -> Word?
    where Word.RawValue == String {
        guard fields[key] != nil, let first = Word.allCases.first else { return nil }
        let known = problems.count
        let word = word(fields, key, default: first)
        return problems.count == known ? word : nil
    }

    /// One of an enum's words.
    mutating func word<Word: RawRepresentable & CaseIterable>(
        _ fields: SourceFields, _ key: String, default value: Word
    ) -> Word where Word.RawValue == String {
        let words = Word.allCases.map(\.rawValue)
        guard let pair = fields[key], let text = text(pair, for: "one of \(words.joined(separator: ", "))") else {
            return value
        }
        if let word = Word(rawValue: text) { return word }
        report(pair.value.mark, "'\(text.shortened)' is not a word for \(key). " + choice(for: text, of: words))
        return value
    }
}
