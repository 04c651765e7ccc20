import Foundation

/// The file of the program that runs.
enum ThisProgram {
    /// Its path. Linux appends a mark to the name of a program whose file was replaced by a deploy; the new file at the
    /// same path is meant then, so that workers which restart run it.
    static func path() throws -> String {
        let link = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let mark = " (deleted)"
        guard link.hasSuffix(mark), !FileManager.default.fileExists(atPath: link) else { return link }
        return String(link.dropLast(mark.count))
    }
}
