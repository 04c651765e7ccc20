import Foundation

/// The mark that a supervisor keeps in its state folder while it runs. One that is found at the start was left by a
/// supervisor that did not end in order.
struct SupervisorMark {
    private let file: URL

    /// - Parameter home: the state folder.
    init(_ home: URL) { file = home.appendingPathComponent("up.running") }

    /// The mark that was left behind; nil after an orderly end, and at the first start.
    var left: String? {
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        return text.isEmpty ? "unreadable" : String(text.prefix(100))
    }

    /// - Parameter id: another one for each start.
    func set(_ id: String) throws { try id.write(to: file, atomically: true, encoding: .utf8) }

    func remove() { try? FileManager.default.removeItem(at: file) }
}
