import Testing

struct ImportTests {
    /// Which of our modules each module may import.
    static let ours: [String: Set<String>] = [
        "Redis": ["CHiredis"], "JobQueue": ["Redis"], "Time": ["JobQueue"],
        "ScheduleConfiguration": ["JobQueue", "Time"],
        "Scheduler": ["JobQueue", "Time", "ScheduleConfiguration"],
        "Forecast": ["JobQueue", "Time", "ScheduleConfiguration", "Scheduler"], "Worker": ["JobQueue"], "CLinux": [],
        "Documents": ["JobQueue", "Time", "ScheduleConfiguration", "Scheduler", "Forecast"],
        "Operations": ["Redis", "JobQueue", "Time", "ScheduleConfiguration", "Scheduler", "Forecast", "Documents"],
        "Fleet": ["CLinux"],
        "Trading": [], "Exchange": ["Trading", "Redis"], "Ledger": ["Trading"],
        "Jobs": ["Worker", "JobQueue", "Trading", "Exchange", "Ledger"],
        "TestJobs": ["Jobs", "Worker", "JobQueue", "Trading", "Exchange"],
        "Simulator": ["JobQueue", "Redis", "Time", "ScheduleConfiguration", "Scheduler", "Worker"],
        "BenchProbe": ["JobQueue", "Redis"],
        "Dashboard": ["Redis", "JobQueue", "Documents", "Ledger", "Exchange", "Trading"],
        "CeleryBridge": [
            "CZlib", "CLzma", "CZstd", "Redis", "JobQueue", "Time", "ScheduleConfiguration", "Scheduler", "Worker",
        ],
    ]
    /// Every outside library has one home; the event loops are also those of the HTTP server.
    static let homes: [String: Set<String>] = [
        "NIOCore": ["Redis", "Dashboard"], "NIOPosix": ["Redis", "Dashboard"], "NIOSSL": ["Redis"],
        "NIOConcurrencyHelpers": ["Redis"], "Yams": ["ScheduleConfiguration"], "Crypto": ["Exchange"],
        "GRDB": ["Ledger"], "ArgumentParser": ["flotilla"], "Hummingbird": ["Dashboard"],
        "HummingbirdCore": ["Dashboard"], "HTTPTypes": ["Dashboard"], "NIOHTTP1": ["Dashboard"],
        "NIOHTTPTypes": ["Dashboard"], "NIOHTTPTypesHTTP1": ["Dashboard"], "NIOWebSocket": ["Dashboard"],
        "Metrics": ["Worker"], "CoreMetrics": ["Worker"],
    ]
    static let services: Set<String> = ["Logging", "ServiceLifecycle", "UnixSignals"]
    static let system: Set<String> = [
        "Foundation", "FoundationEssentials", "FoundationNetworking", "Glibc", "Musl", "Darwin", "Dispatch",
        "Synchronization",
    ]

    static func isAllowed(_ imported: String, in module: String) -> Bool {
        if system.contains(imported) { return true }
        if services.contains(imported) { return module != "Trading" }
        if let homes = homes[imported] { return homes.contains(module) }
        if imported == "TestSupport" { return false }
        if module == "flotilla" { return ours[imported] != nil }
        return ours[module]?.contains(imported) ?? false
    }

    static func imported(by line: String) -> String? {
        var words = line.split(separator: " ").map(String.init)
        let modifiers = ["public", "package", "internal", "private"]
        while let first = words.first, first.hasPrefix("@") || modifiers.contains(first) {
            words.removeFirst()
        }
        guard words.first == "import", words.count > 1 else { return nil }
        let kinds = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
        let name = kinds.contains(words[1]) && words.count > 2 ? words[2] : words[1]
        return name.split(separator: ".").first.map(String.init)
    }

    @Test func `each module imports only what the table allows`() {
        let offenders = Repository.here.shipped.flatMap { file in
            file.code.enumerated().compactMap { index, line -> String? in
                guard line.contains("import "), let name = Self.imported(by: line), let module = file.module,
                    !Self.isAllowed(name, in: module)
                else { return nil }
                return "\(file.path):\(index + 1) \(name)"
            }
        }
        #expect(offenders.isEmpty, "imports outside the table, \(list(offenders))")
    }
}
