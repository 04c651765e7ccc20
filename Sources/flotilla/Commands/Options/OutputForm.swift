import ArgumentParser

/// How lists are shown.
struct OutputForm: ParsableArguments {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table, wide, json, name
    }

    @Option(name: [.short, .customLong("output")], help: "table, wide, json, or name for ids alone.")
    var output: Format?
    @Flag(help: "One JSON document on stdout, as -o json.") var json = false

    /// - Throws: `CommandFailure` with status `usage` for two forms at once.
    func chosen() throws -> Format {
        guard json else { return output ?? .table }
        guard output == nil || output == .json else {
            throw CommandFailure(.usage, "--json and -o \(output?.rawValue ?? "") are both given. Use one.")
        }
        return .json
    }
}
