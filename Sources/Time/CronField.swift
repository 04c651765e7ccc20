import JobQueue

/// A stretch of a cron expression that remembers where it stood.
struct CronPart {
    let text: String
    /// Unicode scalars before it in the expression.
    let offset: Int

    func split(at separator: Unicode.Scalar = " ", whereSpace: Bool = false, max: Int = .max) -> [CronPart] {
        var parts: [CronPart] = []
        var current = ""
        var start = 0
        let isSeparator = { (scalar: Unicode.Scalar) in
            whereSpace ? scalar.properties.isWhitespace : scalar == separator && parts.count < max - 1
        }
        for (index, scalar) in text.unicodeScalars.enumerated() {
            if isSeparator(scalar) {
                if !whereSpace || !current.isEmpty { parts.append(CronPart(text: current, offset: offset + start)) }
                current = ""
                start = index + 1
            } else {
                current.unicodeScalars.append(scalar)
            }
        }
        if !whereSpace || !current.isEmpty { parts.append(CronPart(text: current, offset: offset + start)) }
        return parts
    }

    func dropping(first: Int = 0, last: Int = 0) -> CronPart {
        CronPart(text: String(text.unicodeScalars.dropFirst(first).dropLast(last)), offset: offset + first)
    }

    func problem(in field: String?, _ sentence: String) -> CronProblem {
        CronProblem(field: field, text: text, offset: offset, sentence: sentence)
    }
}

/// One field of a cron expression: what it may hold, and how it is read into a mask with one bit a value.
struct CronField {
    let name: String
    let range: ClosedRange<Int>
    var names: [String] = []
    /// The value of `names[0]`.
    var firstName = 0
    /// Whether a range may run over the end, as in `FRI-MON`.
    var wraps = false

    static let second = CronField(name: "second", range: 0...59)
    static let minute = CronField(name: "minute", range: 0...59)
    static let hour = CronField(name: "hour", range: 0...23)
    static let monthDay = CronField(name: "day-of-month", range: 1...31)
    static let month = CronField(
        name: "month", range: 1...12,
        names: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"], firstName: 1)
    static let weekday = CronField(
        name: "day-of-week", range: 0...7, names: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"], wraps: true)

    /// The value of a name in capitals; nil for what is none.
    func value(named name: String) -> Int? { names.firstIndex(of: name).map { firstName + $0 } }

    var expected: String {
        names.isEmpty
            ? "Use \(range.lowerBound) to \(range.upperBound)."
            : "Use \(range.lowerBound) to \(range.upperBound) or \(names[0]) to \(names[names.count - 1])."
    }

    func values(of part: CronPart) throws(CronProblem) -> UInt64 {
        var values: UInt64 = 0
        for element in part.split(at: ",") { values |= try mask(of: element) }
        return values
    }

    /// A value, a range or `*`, each with or without a step.
    func mask(of part: CronPart) throws(CronProblem) -> UInt64 {
        guard !part.text.isEmpty else {
            throw part.problem(in: name, "the \(name) list has an empty element. Remove the extra comma.")
        }
        let halves = part.split(at: "/", max: 2)
        let (low, high) = try bounds(of: halves[0], hasStep: halves.count == 2)
        var step = 1
        if halves.count == 2 { step = try self.step(halves[1]) }
        let size = range.upperBound == 7 ? 7 : range.upperBound + 1
        var mask: UInt64 = 0
        // Only weekdays wrap; there the range is counted on past Saturday.
        for value in stride(from: low, through: high < low ? high + size : high, by: step) {
            mask |= 1 << UInt64(value % size)
        }
        return mask
    }

    private func bounds(of part: CronPart, hasStep: Bool) throws(CronProblem) -> (Int, Int) {
        let last = wraps ? range.upperBound - 1 : range.upperBound
        if part.text == "*" { return (range.lowerBound, last) }
        if part.text == "?" {
            throw part.problem(in: name, "'?' stands alone, and only in the day fields. Use * in the \(name) field.")
        }
        let ends = part.split(at: "-", max: 2)
        let low = try value(of: ends[0])
        guard ends.count == 2 else { return (low, hasStep ? max(last, low) : low) }
        let high = try value(of: ends[1])
        if high < low && !wraps {
            throw part.problem(
                in: name,
                "the \(name) range '\(part.text)' runs backwards. Write it as two: "
                    + "\(low)-\(range.upperBound),\(range.lowerBound)-\(high).")
        }
        return (low, high)
    }

    func value(of part: CronPart) throws(CronProblem) -> Int {
        let upper = part.text.uppercased()
        if let value = value(named: upper) { return value }
        if !part.text.isEmpty, part.text.utf8.allSatisfy({ (48...57).contains($0) }) {
            if part.text.utf8.count <= 4, let number = Int(part.text), range.contains(number) { return number }
            throw part.problem(in: name, "\(name) '\(part.text)' is out of range. \(expected)")
        }
        let hint = SpellingSuggestion.suggestion(for: upper, among: names).map { " Did you mean \($0)?" } ?? ""
        let shown = part.text.isEmpty ? "a number is missing in the \(name) field" : "'\(part.text)' is not a \(name)"
        throw part.problem(in: name, "\(shown).\(hint) \(expected)")
    }

    private func step(_ part: CronPart) throws(CronProblem) -> Int {
        let longest = range.upperBound - range.lowerBound
        guard part.text.utf8.count <= 4, part.text.utf8.allSatisfy({ (48...57).contains($0) }),
            let step = Int(part.text),
            (1...longest).contains(step)
        else {
            throw part.problem(
                in: name,
                "the \(name) step '\(part.text)' must be 1 to \(longest). "
                    + "For longer intervals use a coarser field, or the key every.")
        }
        return step
    }
}
