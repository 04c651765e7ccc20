/// Checks of a file's raw text that come before YAML.
enum SourceText {
    /// - Returns: the text without a byte-order mark.
    /// - Throws: the first place that is not UTF-8 text.
    static func decode(_ bytes: [UInt8]) throws(ScheduleFileProblem) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let mark = firstInvalid(bytes)
            let sentence = "this is not UTF-8 text. Save the file as UTF-8."
            throw ScheduleFileProblem(line: mark.line, column: mark.column, message: sentence)
        }
        for (row, line) in lines(of: text).enumerated() {
            for (column, scalar) in line.enumerated() where isForbidden(scalar) {
                let code = String(scalar.value, radix: 16, uppercase: true)
                let sentence = "there is a control character (U+\(code)) here. Remove it."
                throw ScheduleFileProblem(line: row + 1, column: column + 1, message: sentence)
            }
        }
        return text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
    }

    private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A, 0x0D, 0x85: false
        case 0..<0x20, 0x7F...0x9F, 0xFFFE, 0xFFFF: true
        default: false
        }
    }

    private static func firstInvalid(_ bytes: [UInt8]) -> SourceMark {
        for (row, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            guard String(validating: line, as: UTF8.self) == nil else { continue }
            // The longest valid prefix ends where the first bad sequence begins; a sequence has at most four bytes.
            let repaired = String(decoding: line, as: UTF8.self).unicodeScalars
            var valid = 0
            for (left, right) in zip(repaired, String(decoding: line + [0x20], as: UTF8.self).unicodeScalars) {
                guard left == right, left != "\u{FFFD}" else { break }
                valid += 1
            }
            return SourceMark(line: row + 1, column: valid + 1)
        }
        return SourceMark(line: 1, column: 1)
    }

    /// The lines with their ends, broken where libYAML breaks them, so that its marks fit.
    static func lines(of text: String) -> [String.UnicodeScalarView] {
        var lines: [String.UnicodeScalarView] = []
        var line = String.UnicodeScalarView()
        var previous: Unicode.Scalar = " "
        for scalar in text.unicodeScalars {
            if previous == "\r" && scalar != "\n" || "\n\u{85}\u{2028}\u{2029}".unicodeScalars.contains(previous) {
                lines.append(line)
                line = String.UnicodeScalarView()
            }
            line.append(scalar)
            previous = scalar
        }
        lines.append(line)
        return lines
    }

    /// Where a key is an alias or a collection although the file uses aliases: Yams would hash its whole expansion.
    ///
    /// Looks at the bare text and may see a key where there is none; then the file is refused, never the other way
    /// round.
    static func aliasInKey(_ lines: [String.UnicodeScalarView]) -> SourceMark? {
        let code = lines.map { String($0.first { $0 != " " } == "#" ? String.UnicodeScalarView() : $0) }
        let alias = /(^|[\s\[{,:\-])\*[A-Za-z0-9_\-]/
        guard code.contains(where: { $0.firstMatch(of: alias) != nil }) else { return nil }
        let key = /^[\s\-]*\?\s|[\[{,]\s*\?\s|\*[A-Za-z0-9_\-]+\s*:|[\]}]\s*:/
        for (row, line) in code.enumerated() {
            if let match = line.firstMatch(of: key) {
                let column = line.unicodeScalars.distance(from: line.startIndex, to: match.range.lowerBound)
                return SourceMark(line: row + 1, column: column + 1)
            }
        }
        return nil
    }
}
