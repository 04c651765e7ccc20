import Foundation
import JobQueue
import Redis

/// Commands of this program that are printed for people to paste: quoted for a shell, with the options by which the
/// command that prints them was told which fleet is meant.
extension Settings {
    /// `flotilla` with these words and what was given; a password is masked.
    func pasted(_ words: [String]) -> String { ShellWords.line(["flotilla"] + words + given) }

    /// What a command has to be given to reach this fleet from any folder and shell: logs are read elsewhere. A
    /// password is masked.
    func logOptions() throws -> [String] {
        var words: [String] = []
        let told = self["REDIS_URL"]
        let own = try? String(contentsOf: embeddedRedisFile, encoding: .utf8)
        // `up` tells its children the address of its own Redis; people are told the folder.
        if told.isEmpty || told == own {
            words += ["--home", home.standardizedFileURL.path]
        } else {
            words += ["--redis", "\(try redisAddress())"]
        }
        return namespace == .standard ? words : words + ["--namespace", "\(namespace)"]
    }
}

/// A file's name as an argument: one that begins with a dash would be taken for an option.
enum FileArgument {
    static func word(_ path: String) -> String { path.hasPrefix("-") ? "./" + path : path }
}

/// Remedies name variables, which apply to every process of a fleet. Where the operator has used an option instead,
/// they name the option.
enum OptionWords {
    private static let options = [
        ("REDIS_URL", "--redis"), ("DATABASE_URL", "--database"), ("FLOTILLA_SCHEDULES", "--schedules"),
        ("FLOTILLA_HOME", "--home"), ("FLOTILLA_NAMESPACE", "--namespace"), ("LOG_LEVEL", "--log-level"),
    ]

    /// - Parameter arguments: the command line.
    static func spoken(_ message: String, _ arguments: [String] = CommandLine.arguments) -> String {
        options.reduce(message) { text, pair in
            let isGiven = arguments.contains { $0 == pair.1 || $0.hasPrefix(pair.1 + "=") }
            return isGiven ? text.replacing(pair.0, with: pair.1) : text
        }
    }
}
