import Foundation
import TestSupport

/// The program under test: `flotilla` beside the test bundle, or where FLOTILLA_BINARY says.
enum BuiltProgram {
    struct Missing: Error, CustomStringConvertible {
        let path: String
        var description: String { "No program at \(path). Build it with 'swift build', or set FLOTILLA_BINARY." }
    }

    /// Waits for a moment, since a build that is under way replaces the file.
    static func path() async throws -> String {
        let environment = ProcessInfo.processInfo.environment
        let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let beside = URL(filePath: bundle).deletingLastPathComponent().appending(path: "flotilla").path
        let candidates = [beside, environment["FLOTILLA_BINARY"]].compactMap(\.self)
        var found: String?
        try? await eventually("the program is built", within: .seconds(60), every: .milliseconds(200)) {
            found = candidates.first { FileManager.default.isExecutableFile(atPath: $0) }
            return found != nil
        }
        guard let found else { throw Missing(path: beside) }
        return found
    }
}
