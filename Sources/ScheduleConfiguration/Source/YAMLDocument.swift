import JobQueue
import Yams

/// Turns bytes into `SourceNode`s; the only file that knows Yams.
///
/// Refuses what could make a small file expensive (aliases in keys, expansion beyond `nodeLimit`) and what Yams reads
/// without a word (tags, keys that are not plain text). A key that occurs twice is reported with all other problems
/// instead of ending the parse: Yams stops at the first one, so its first occurrence is renamed and the text read
/// again.
struct YAMLDocument {
    private(set) var problems: [ScheduleFileProblem] = []
    /// Nil for an empty document, or when nothing could be read.
    private(set) var root: SourceNode?

    static let byteLimit = 1_048_576
    static let nodeLimit = 100_000
    private static let depthLimit = 64
    private static let duplicateLimit = 20

    private var lines: [String.UnicodeScalarView]
    /// The stand-ins for the first characters of keys that occur again.
    private var renamed: [Unicode.Scalar: (original: Unicode.Scalar, mark: SourceMark)] = [:]
    private var nodes = 0

    /// - Parameter text: valid UTF-8 without control characters (`SourceText`).
    init(_ text: String) {
        lines = SourceText.lines(of: text)
        if let mark = SourceText.aliasInKey(lines) {
            report(mark, "an alias or a list stands where a key belongs. Write every key as a plain word.")
            return
        }
        guard let node = compose() else { return }
        root = convert(node, depth: 0)
    }

    private mutating func compose() -> Node? {
        while true {
            do {
                // An explicit encoding, because Yams reads the environment for its default; no resolver, because its
                // regular expressions cost more than the rest of the parse.
                let text = lines.map { String($0) }.joined()
                return try Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot()
            } catch YamlError.duplicatedKeysInMapping(_, let context) {
                let mark = SourceMark(line: context.mark.line, column: context.mark.column)
                guard renamed.count < Self.duplicateLimit, rename(keyAt: mark) else {
                    report(mark, "a key of this mapping occurs twice. Remove one of the two.")
                    return nil
                }
            } catch {
                let problem = YAMLSyntax.problem(of: error, lines: lines)
                report(problem.mark, problem.message)
                return nil
            }
        }
    }

    /// Puts a private-use character in the place of the key's first one, so that marks stay true.
    private mutating func rename(keyAt mark: SourceMark) -> Bool {
        guard lines.indices.contains(mark.line - 1) else { return false }
        var scalars = Array(lines[mark.line - 1])
        var index = mark.column - 1
        guard scalars.indices.contains(index + 1) else { return false }
        if scalars[index] == "\"" || scalars[index] == "'" { index += 1 }
        let standIn = Unicode.Scalar(UInt32(0xF0000 + renamed.count))!
        guard !"&!*|>[]{}\"'\\?".unicodeScalars.contains(scalars[index]), renamed[scalars[index]] == nil,
            !lines.contains(where: { $0.contains(standIn) })
        else { return false }
        renamed[standIn] = (scalars[index], mark)
        scalars[index] = standIn
        lines[mark.line - 1] = String.UnicodeScalarView(scalars)
        return true
    }

    private mutating func convert(_ node: Node, depth: Int) -> SourceNode? {
        let mark = SourceMark(line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
        nodes += 1
        guard nodes <= Self.nodeLimit else {
            if nodes == Self.nodeLimit + 1 {
                report(
                    mark, "the aliases in this file expand to more than \(Self.nodeLimit) values. Write the values out."
                )
            }
            return nil
        }
        guard depth <= Self.depthLimit else {
            report(mark, "this is nested more than \(Self.depthLimit) deep. Flatten it.")
            return nil
        }
        guard let plain = isPlain(node, mark) else { return nil }
        switch node {
        case .scalar(let scalar):
            return SourceNode(mark: mark, content: .scalar(.init(text: scalar.string, isPlain: plain)))
        case .sequence(let sequence):
            var elements: [SourceNode] = []
            for element in sequence { convert(element, depth: depth + 1).map { elements.append($0) } }
            return SourceNode(mark: mark, content: .sequence(elements))
        case .mapping(let mapping):
            return SourceNode(mark: mark, content: .mapping(pairs(of: mapping, depth: depth)))
        case .alias:
            report(mark, "an alias cannot be resolved here. Write the value out.")
            return nil
        }
    }

    /// - Returns: whether a scalar may stand for more than its text; nil after reporting a tag.
    private mutating func isPlain(_ node: Node, _ mark: SourceMark) -> Bool? {
        let tag: String
        switch node {
        case .scalar(let scalar): tag = scalar.tag.rawValue
        case .mapping(let mapping): tag = mapping.tag.rawValue
        case .sequence(let sequence): tag = sequence.tag.rawValue
        case .alias(let alias): tag = alias.tag.rawValue
        }
        let text = "tag:yaml.org,2002:str"
        guard tag == Tag.implicit.rawValue || tag == text else {
            report(mark, "the tag \(tag.shortened) is not supported. Remove it.")
            return nil
        }
        guard case .scalar(let scalar) = node else { return false }
        return scalar.style == .plain && tag != text
    }

    /// The mapping's own pairs, then those it merges in with `<<`, of which the mapping's own and the earlier win.
    private mutating func pairs(of mapping: Node.Mapping, depth: Int) -> [SourceNode.Pair] {
        var own: [SourceNode.Pair] = []
        var merged: [SourceNode] = []
        for (key, value) in mapping {
            let mark = SourceMark(line: key.mark?.line ?? 1, column: key.mark?.column ?? 1)
            guard case .scalar(let scalar) = key else {
                report(mark, "a key must be a plain word, not a list or a mapping. Write it as name: value.")
                continue
            }
            guard let node = convert(value, depth: depth + 1) else { continue }
            if scalar.string == "<<" && scalar.style == .plain {
                merged.append(node)
                continue
            }
            own.append(.init(key: original(scalar.string), keyMark: mark, value: node))
        }
        reportRepeated(own)
        var names = Set(own.map(\.key))
        for pair in mergedPairs(merged) where names.insert(pair.key).inserted { own.append(pair) }
        return own
    }

    private mutating func mergedPairs(_ nodes: [SourceNode]) -> [SourceNode.Pair] {
        var pairs: [SourceNode.Pair] = []
        for node in nodes {
            switch node.content {
            case .mapping(let inner): pairs += inner
            case .sequence(let list): pairs += mergedPairs(list)
            case .scalar:
                report(node.mark, "<< merges mappings, not \(node.shown). Use << with an alias such as *defaults.")
            }
        }
        return pairs
    }

    private func original(_ key: String) -> String {
        guard let first = key.unicodeScalars.first, let standIn = renamed[first] else { return key }
        return String(standIn.original) + String(key.unicodeScalars.dropFirst())
    }

    private mutating func reportRepeated(_ pairs: [SourceNode.Pair]) {
        var seen: [String: SourceMark] = [:]
        for pair in pairs {
            if let first = seen[pair.key] {
                report(
                    pair.keyMark,
                    "the key '\(pair.key.shortened)' is already on line \(first.line). Remove one of the two.")
            } else {
                seen[pair.key] = pair.keyMark
            }
        }
    }

    private mutating func report(_ mark: SourceMark, _ message: String) {
        problems.append(ScheduleFileProblem(line: mark.line, column: mark.column, message: message))
    }
}
