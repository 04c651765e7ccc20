/// Quotes words for a POSIX shell, for commands that are printed to be pasted.
public enum ShellWords {
    /// A command line that a shell splits into these very words.
    public static func line(_ words: [String]) -> String { words.map(quoted).joined(separator: " ") }

    /// One word; quoted only where a shell would read it otherwise.
    public static func quoted(_ word: String) -> String {
        // A shell expands a '~' only where a word begins with it.
        let isPlain = word.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || "/._-+@%:,=".utf8.contains(byte)
        }
        return isPlain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }
}
