import ProgramSupport

/// The program's own description of its commands.
struct CommandTree {
    struct Command: Sendable {
        /// Without the program's name.
        let path: [String]
        let discussion: String
        /// Flags and options with their dashes.
        let options: Set<String>
        /// The names of its positional arguments that must be given.
        let needed: [String]
    }

    /// Those that do something; `help` is the parser's own.
    let commands: [Command]

    static func read(_ sandbox: Sandbox) async throws -> CommandTree {
        let dump = try await sandbox.run("--experimental-dump-help")
        let root = try JSON(dump.output)["command"]
        return CommandTree(commands: leaves(root, under: []))
    }

    private static func leaves(_ node: JSON, under path: [String]) -> [Command] {
        let children = node["subcommands"].array.filter { $0["commandName"].text != "help" }
        guard children.isEmpty else {
            return children.flatMap { leaves($0, under: path + [$0["commandName"].text]) }
        }
        let arguments = node["arguments"].array
        let options = arguments.flatMap { $0["names"].array }.map { name in
            (name["kind"].text == "long" ? "--" : "-") + name["name"].text
        }
        let needed = arguments.filter { $0["kind"].text == "positional" && !$0["isOptional"].isTrue }
        return [
            Command(
                path: path, discussion: node["discussion"].text, options: Set(options),
                needed: needed.map { $0["valueName"].text })
        ]
    }
}
