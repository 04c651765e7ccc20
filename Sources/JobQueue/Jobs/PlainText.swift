/// Text of unknown origin made safe for an error, a log line or a table.
public enum PlainText {
    /// One line: control characters, which could end the line or steer a terminal, are written as `\u{1b}`.
    /// - Parameter limit: characters after which it is cut, with `…` in their place.
    public static func line(_ text: String, limit: Int = 80) -> String {
        var line = ""
        var count = 0
        // A character may consist of any number of scalars, so these are counted.
        for scalar in text.unicodeScalars {
            guard count < limit else { return line + "…" }
            count += 1
            if isControl(scalar) {
                line += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                line.unicodeScalars.append(scalar)
            }
        }
        return line
    }

    /// C0, DEL and C1; line and paragraph separators; marks that change the direction of the text.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}

extension String {
    /// The text cut to 60 characters with `…` in place of the rest, its control characters as blanks: a hostile value
    /// cannot flood or steer a terminal.
    public var shortened: String {
        let line = String(
            unicodeScalars.prefix(60).map { $0.properties.generalCategory == .control ? " " : Character($0) })
        return unicodeScalars.count > 60 ? line + "…" : line
    }
}
