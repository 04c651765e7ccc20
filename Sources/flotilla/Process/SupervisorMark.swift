import Foundation

/// The mark that a supervisor keeps in its state folder while it runs. One that is found at the start was left by a
/// supervisor that did not end in order.
struct SupervisorMark {
    private let file: URL

    /// - Parameters:
    ///   - home: the state folder.
    ///   - name: of the supervisor, among those of this folder.
    init(_ home: URL, _ name: String) { file = home.appendingPathComponent("\(name).running") }

    /// The mark that was left behind; nil after an orderly end, and at the first start.
    var left: String? {
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        return text.isEmpty ? "unreadable" : String(text.prefix(100))
    }

    /// Holds the orders after a supervisor of this host that did not end in order, and leaves the mark of this one.
    func succeed(_ host: HostIdentity, _ hold: OrderHold) async throws {
        if let left { try await hold.begin(after: host.id, instance: left, name: host.name) }
        try set(host.instance)
    }

    /// - Parameter id: another one for each start.
    func set(_ id: String) throws { try id.write(to: file, atomically: true, encoding: .utf8) }

    func remove() { try? FileManager.default.removeItem(at: file) }
}
