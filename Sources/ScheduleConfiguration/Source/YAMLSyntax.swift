import Yams

/// Says in an operator's words what libYAML says in a parser's.
enum YAMLSyntax {
    static func problem(of error: any Error, lines: [String.UnicodeScalarView]) -> (mark: SourceMark, message: String) {
        switch error as? YamlError {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            // libYAML marks the character after the '*'.
            let start = context.flatMap { $0.text.contains("scanning an alias") ? $0.mark : nil } ?? mark
            let place = SourceMark(line: start.line, column: start.column)
            return (place, message(problem, context: context?.text ?? "", at: place, lines: lines))
        default:
            return (SourceMark(line: 1, column: 1), "this is not YAML. Check the file with an editor that knows YAML.")
        }
    }

    private static func message(
        _ problem: String, context: String, at mark: SourceMark, lines: [String.UnicodeScalarView]
    ) -> String {
        let line = lines.indices.contains(mark.line - 1) ? Array(lines[mark.line - 1]) : []
        let character = line.indices.contains(mark.column - 1) ? line[mark.column - 1] : nil
        let indentation = line.prefix { $0 == " " || $0 == "\t" }
        if character == "\t" || (indentation.contains("\t") && mark.column <= indentation.count + 1) {
            return "a tab is used for indentation. Use spaces."
        }
        if let character, "@`%".unicodeScalars.contains(character) {
            return "a value cannot begin with '\(character)'. Put it in quotes, for example \"@hourly\"."
        }
        if context.contains("scanning an alias") || problem.contains("undefined alias") {
            return "a value that begins with '*' is read as an alias, and there is no such anchor. "
                + "Put it in quotes, for example cron: \"*/10 * * * *\"."
        }
        if problem.contains("mapping values are not allowed") {
            return "a ':' stands where no key can be. Check the indentation, and quote values that contain ': '."
        }
        if context.contains("quoted scalar") { return "a quoted text is not closed. Add the closing quote." }
        if problem.contains("',' or ']'") { return "a list in [ ] is not closed or lacks a comma. Write [a, b]." }
        if problem.contains("',' or '}'") {
            return "a mapping in { } is not closed or lacks a comma. Write { a: 1, b: 2 }."
        }
        if problem.contains("another document") {
            return "a second document begins here. Keep one file to one document."
        }
        if problem.contains("expected key") || problem.contains("block end") || problem.contains("'-' indicator") {
            return "the indentation does not fit the lines above. Indent entries of one level equally, with spaces."
        }
        if problem.contains("expected ':'") { return "a ':' is missing after a key. Write name: value." }
        if problem.contains("nesting") { return "this is nested too deep. Flatten it." }
        return "this is not YAML (\(problem)). Check the quotes, brackets and indentation here."
    }
}
