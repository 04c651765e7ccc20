import ArgumentParser
import Documents
import JobQueue

/// The first words of a command line, which name a command. They are looked at before the parser does: its answer to a
/// wrong one is the help of another.
enum CommandWords {
    /// - Parameter words: without the program's name.
    /// - Throws: `CommandFailure` with status `usage` and what may have been meant, when they name no command.
    static func check(_ words: [String]) throws {
        var words = words[...]
        if words.first == "help" { words = words.dropFirst() }
        var path: [String] = []
        var node: any ParsableCommand.Type = Flotilla.self
        while let word = words.first, !word.hasPrefix("-"), !node.configuration.subcommands.isEmpty {
            guard let child = node.configuration.subcommands.first(where: { $0.names.contains(word) }) else {
                // Its own words are ids; one that looks like a command is meant as one.
                let takesWords = node == Failed.self
                let meant = suggestions(for: word, Array(words.dropFirst()), under: path)
                if takesWords && meant.isEmpty { return }
                throw failure(word, meant, under: node)
            }
            path.append(child._commandName)
            words = words.dropFirst()
            node = child
        }
    }

    private static func failure(
        _ word: String, _ meant: [String], under node: any ParsableCommand.Type
    ) -> CommandFailure {
        let start = "Unexpected argument '\(Shown.line(word))': there is no such command."
        guard !meant.isEmpty else {
            let names = node.configuration.subcommands.map { $0._commandName }.joined(separator: ", ")
            return CommandFailure(.usage, "\(start) Use one of: \(names). 'flotilla help' says what they do.")
        }
        let list = meant.prefix(3).map { "'flotilla \($0)'" }
        return CommandFailure(.usage, "\(start) Did you mean \(list.joined(separator: " or "))?")
    }

    /// Whole commands that may have been meant, with the words that followed.
    private static func suggestions(for word: String, _ rest: [String], under path: [String]) -> [String] {
        let tail = rest.prefix(4).map { " " + Shown.line($0, 30) }.joined()
        let node = self.node(path)
        let names = node.configuration.subcommands.flatMap { $0.names }
        if let near = SpellingSuggestion.suggestion(for: word, among: names),
            let child = node.configuration.subcommands.first(
                where: { $0.names.contains(near) })
        {
            let found = path + [child._commandName]
            // The next word may be wrong as well.
            if let next = rest.first, !next.hasPrefix("-"), !child.configuration.subcommands.isEmpty,
                !child.configuration.subcommands.contains(where: { $0.names.contains(next) })
            {
                return suggestions(for: next, Array(rest.dropFirst()), under: found)
            }
            return [found.joined(separator: " ") + tail]
        }
        let elsewhere = leaves.filter { leaf in
            leaf.path.count > 1 && leaf.path.dropLast() != path[...] && leaf.names.contains(word)
        }.map { $0.path.joined(separator: " ") + tail }
        if !elsewhere.isEmpty { return elsewhere }
        return synonyms[word.lowercased()].map { [$0 + tail] } ?? []
    }

    private static func node(_ path: [String]) -> any ParsableCommand.Type {
        path.reduce(Flotilla.self) { (node: any ParsableCommand.Type, name) in
            node.configuration.subcommands.first { $0._commandName == name } ?? node
        }
    }

    /// Commands that do something, with the names of their last word.
    private static var leaves: [(path: [String], names: [String])] { leaves(under: [], Flotilla.self) }

    private static func leaves(
        under path: [String], _ node: any ParsableCommand.Type
    ) -> [(path: [String], names: [String])] {
        node.configuration.subcommands.flatMap { child in
            let found = path + [child._commandName]
            return child.configuration.subcommands.isEmpty ? [(found, child.names)] : leaves(under: found, child)
        }
    }

    /// What other programs call it.
    private static let synonyms = [
        "requeue": "failed retry", "rerun": "failed retry", "replay": "failed retry", "dlq": "failed list",
        "dead": "failed list", "dead-letters": "failed list", "kill": "jobs cancel", "abort": "jobs cancel",
        "stop": "jobs cancel", "revoke": "jobs cancel", "describe": "jobs show", "inspect": "jobs show",
        "logs": "jobs show", "ps": "status", "top": "status --watch", "info": "status", "health": "status --check",
        "add": "enqueue", "push": "enqueue", "submit": "enqueue", "send": "enqueue", "start": "up", "serve": "up",
        "validate": "schedule check", "lint": "schedule check", "cron": "schedule next", "diff": "schedule plan",
        "beat": "scheduler", "settings": "config show", "stats": "queues list",
    ]
}

extension ParsableCommand {
    /// The words that name it behind those of its parent.
    fileprivate static var names: [String] { [_commandName] + configuration.aliases }
}
