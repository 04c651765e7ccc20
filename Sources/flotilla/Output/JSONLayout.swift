/// The blanks of JSON text: the same values and the same order of members, for people or for a record.
enum JSONLayout {
    /// A line for each member and element.
    /// - Parameter text: one JSON value; the blanks of anything else are changed too.
    static func pretty(_ text: String) -> String {
        var (lines, depth) = ("", 0)
        let tokens = tokens(of: text)
        for (index, token) in tokens.enumerated() {
            let next = index + 1 < tokens.count ? tokens[index + 1] : ""
            switch token {
            case "{", "[":
                lines += token
                guard next != "}", next != "]" else { continue }
                depth += 1
                lines += newLine(depth)
            case "}", "]":
                if let before = index > 0 ? tokens[index - 1] : nil, before != "{", before != "[" {
                    depth -= 1
                    lines += newLine(depth)
                }
                lines += token
            case ",": lines += "," + newLine(depth)
            case ":": lines += ": "
            default: lines += token
            }
        }
        return lines
    }

    /// Without any blanks between values.
    static func compact(_ text: String) -> String { tokens(of: text).joined() }

    private static func newLine(_ depth: Int) -> String { "\n" + String(repeating: "  ", count: max(0, depth)) }

    /// Strings with their quotes, marks, and what is between them.
    private static func tokens(of text: String) -> [String] {
        var (tokens, word, isString, isEscaped): ([String], String, Bool, Bool) = ([], "", false, false)
        func end() {
            if !word.isEmpty { tokens.append(word) }
            word = ""
        }
        for scalar in text.unicodeScalars {
            if isString {
                word.unicodeScalars.append(scalar)
                if scalar == "\"", !isEscaped {
                    isString = false
                    end()
                }
                isEscaped = scalar == "\\" && !isEscaped
                continue
            }
            switch scalar {
            case "\"":
                end()
                word = "\""
                isString = true
            case "{", "}", "[", "]", ",", ":":
                end()
                tokens.append(String(scalar))
            case " ", "\n", "\r", "\t": end()
            default: word.unicodeScalars.append(scalar)
            }
        }
        end()
        return tokens
    }
}
