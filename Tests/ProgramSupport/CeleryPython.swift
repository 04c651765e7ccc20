import Foundation

/// A Python environment with one version of Celery, which `ops/celery/environments` makes.
package struct CeleryPython: Sendable, CustomStringConvertible {
    /// The environment's folder, such as `celery-5.7.0`.
    package let name: String

    /// The versions of Celery whose clients are tested: the one that the existing application pins, and the newest of
    /// each minor release since.
    package static let versions = ["5.3.4", "5.5.3", "5.6.3", "5.7.0"].map { CeleryPython(name: "celery-\($0)") }
    /// The version that the existing application pins.
    package static let pinned = versions[0]
    /// The newest one; Flower is installed beside it.
    package static let newest = versions[3]
    /// Holds celery-exporter.
    package static let exporter = CeleryPython(name: "exporter")

    /// The environment of this name; nothing is looked up.
    package init(name: String) { self.name = name }

    package var description: String { name }

    /// The interpreter.
    package var program: String { Self.folder.appending(path: "\(name)/bin/python").path }

    /// Whether all environments are there. `ops/test` makes them; `swift test` alone does not.
    package static var areInstalled: Bool {
        (versions + [exporter]).allSatisfy { FileManager.default.isExecutableFile(atPath: $0.program) }
    }

    /// A file of this package, by its path from the package's folder.
    package static func path(_ name: String) -> String { root.appending(path: name).path }

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized

    private static var folder: URL {
        if let named = ProcessInfo.processInfo.environment["FLOTILLA_CELERY"] { return URL(filePath: named) }
        return root.appending(path: ".build/celery")
    }
}
