/// Finds the known name that is nearest to a misspelled one.
public enum SpellingSuggestion {
    /// The candidate with the fewest edits, when they are few enough for a typing error; ties go to the first by name.
    public static func suggestion(for text: String, among candidates: some Sequence<String>) -> String? {
        let wanted = Array(text.lowercased().unicodeScalars.prefix(80))
        // Of one letter every edit makes another word.
        guard wanted.count > 1 else { return nil }
        let allowed = max(1, min(3, wanted.count / 3))
        var best: (name: String, edits: Int)?
        for candidate in candidates.sorted() {
            let name = Array(candidate.lowercased().unicodeScalars)
            guard abs(name.count - wanted.count) <= allowed else { continue }
            let edits = edits(from: wanted, to: name)
            if edits <= allowed && edits < best?.edits ?? .max { best = (candidate, edits) }
        }
        return best?.name
    }

    /// Optimal string alignment distance: a swap of neighbours counts as one edit.
    private static func edits(from source: [Unicode.Scalar], to target: [Unicode.Scalar]) -> Int {
        var beforeLast = [Int](repeating: 0, count: target.count + 1)
        var last = Array(0...target.count)
        for (row, left) in source.enumerated() {
            var current = [row + 1]
            for (column, right) in target.enumerated() {
                var cost = min(last[column + 1] + 1, current[column] + 1, last[column] + (left == right ? 0 : 1))
                if row > 0, column > 0, left == target[column - 1], source[row - 1] == right {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            beforeLast = last
            last = current
        }
        return last[target.count]
    }
}
