import ArgumentParser
import Foundation
import Testing

@testable import flotilla

/// Commands that messages, documents and scripts name are there.
struct CommandNameTests {
    /// Words that follow the program's name in a sentence.
    private static let prose: Set<String> = ["is", "and", "or", "on", "with", "process", "program", "of"]

    private struct Tree {
        var children: [String: Tree] = [:]

        init(_ command: any ParsableCommand.Type) {
            for child in command.configuration.subcommands {
                for name in [child._commandName] + child.configuration.aliases { children[name] = Tree(child) }
            }
        }
    }

    private static let root = URL(filePath: #filePath).appending(path: "../../..").standardizedFileURL

    /// Every text of the repository in which a command may be named, without comments.
    private static func texts() throws -> [(path: String, text: String)] {
        var found: [(String, String)] = []
        var names = try FileManager.default.contentsOfDirectory(atPath: root.path).filter { $0.hasSuffix(".md") }
        for folder in ["Sources", "Jobs", "ops"] {
            let inside = FileManager.default.enumerator(atPath: root.appending(path: folder).path)
            names += (inside?.compactMap { $0 as? String } ?? []).map { "\(folder)/\($0)" }
        }
        for name in names {
            let isSource = (name.hasPrefix("Sources/") || name.hasPrefix("Jobs/")) && name.hasSuffix(".swift")
            let isText = name.hasSuffix(".md") && (name.hasPrefix("ops/") || !name.contains("/"))
            let isScript = ["ops/run", "ops/test", "ops/chaos", "ops/lib.sh", "ops/bench/run"].contains(name)
            guard isSource || isText || isScript || name == "ops/schedules.schema.json" else { continue }
            var text = try String(contentsOf: root.appending(path: name), encoding: .utf8)
            let comment = isSource ? "//" : isScript ? "#" : nil
            if let comment {
                text = text.split(separator: "\n", omittingEmptySubsequences: false)
                    .filter { !$0.drop { $0 == " " }.hasPrefix(comment) }.joined(separator: "\n")
            }
            if isSource {
                // A literal that is broken over lines is one.
                text = text.replacing(/"\n\s*\+ "/, with: "").replacing(#/ \\\n\s*/#, with: " ")
            }
            found.append((name, text))
        }
        return found
    }

    private static func unknown(in text: String, _ tree: Tree) -> [String] {
        text.matches(of: /(?:^|[^\w.\/-])flotilla ([a-z][a-z-]*)((?:,? [a-z][a-z-]*)*)/).compactMap { match in
            let noun = String(match.output.1)
            // The parser's own.
            guard !prose.contains(noun), noun != "help" else { return nil }
            guard let command = tree.children[noun] else { return "flotilla \(noun)" }
            guard !command.children.isEmpty else { return nil }
            let words = match.output.2.split(separator: " ", maxSplits: 1)
            guard let first = words.first?.trimmingPrefix(","), !first.isEmpty else { return nil }
            let verb = first.hasSuffix(",") ? String(first.dropLast()) : String(first)
            return command.children[verb] == nil && !prose.contains(verb) ? "flotilla \(noun) \(verb)" : nil
        }
    }

    @Test func `every command that is named exists`() throws {
        let tree = Tree(Flotilla.self)
        #expect(Self.unknown(in: "Run 'flotilla db migrate', flotilla jobs lst or flotilla up.", tree).count == 2)
        let texts = try Self.texts()
        #expect(texts.count > 200)
        for (path, text) in texts {
            let missing = Self.unknown(in: text, tree)
            #expect(missing.isEmpty, "\(path) names \(missing)")
        }
    }
}
