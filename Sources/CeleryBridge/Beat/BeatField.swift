import Foundation

/// One field of a Celery crontab as dumps show it: a text of the crontab language, a number, or what Python prints of a
/// list, a tuple, a set or a range.
enum BeatField {
    /// Divides a crontab's fields at their blanks, but not within brackets or beside a comma.
    static func split(_ text: String) -> [String] {
        var fields: [String] = []
        var current = ""
        var depth = 0
        for word in text.split(separator: " ") {
            let goesOn = depth > 0 || current.hasSuffix(",") || word.hasPrefix(",")
            if !goesOn, !current.isEmpty {
                fields.append(current)
                current = ""
            }
            current += word
            depth += word.count { "([{".contains($0) } - word.count { ")]}".contains($0) }
        }
        return current.isEmpty ? fields : fields + [current]
    }

    /// The elements of a field, each in the crontab language. What cannot be read stays as it is, for the parser to
    /// refuse by its name.
    static func elements(of value: Any) -> [String] {
        if let list = value as? [Any] { return list.flatMap { elements(of: $0) } }
        if let number = value as? NSNumber { return [number.isTruth ? "?" : number.stringValue] }
        guard let text = value as? String else { return ["?"] }
        let plain = text.filter { !$0.isWhitespace }
        if let range = plain.wholeMatch(of: /range\((-?\d+)(?:,(-?\d+)(?:,(-?\d+))?)?\)/) {
            return numbers(first: range.1, second: range.2, step: range.3) ?? [plain]
        }
        let container = /(?:frozenset|set|list|tuple|deque|dict_keys|dict_values)?\(?[\[{(]?([^\[\]{}()]+)[\]})]?\)?/
        guard plain.contains(where: { "([{".contains($0) }), let match = plain.wholeMatch(of: container) else {
            return plain.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        // Python ends a tuple of one with a comma, and quotes texts.
        return match.1.split(separator: ",").map { $0.filter { $0 != "'" && $0 != "\"" } }
    }

    /// The numbers of a Python range, at most as many as any field has values; nil when there are none or too many.
    private static func numbers(first: Substring, second: Substring?, step: Substring?) -> [String]? {
        guard let one = Int(first), let step = Int(step ?? "1"), step != 0 else { return nil }
        let (start, end) = second == nil ? (0, one) : (one, Int(second ?? "") ?? 0)
        let numbers = Array(stride(from: start, to: end, by: step).prefix(61))
        return (1...60).contains(numbers.count) ? numbers.map(String.init) : nil
    }
}
