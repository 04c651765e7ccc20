// swift-tools-version: 6.1
import PackageDescription

/// Warnings become errors when `ops/test` sets FLOTILLA_STRICT, so a user's newer compiler never refuses to build.
let strict: [SwiftSetting] =
    Context.environment["FLOTILLA_STRICT"] == "1" ? [.unsafeFlags(["-warnings-as-errors"])] : []
let settings: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        // What waits for Redis goes on where its caller runs, which may be the connection's own event loop.
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    ] + strict

let log: Target.Dependency = .product(name: "Logging", package: "swift-log")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")

/// Targets stand in the order in which a job travels.
let package = Package(
    name: "flotilla",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "flotilla", targets: ["flotilla"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        // Without its reader of configurations, which is a module that nothing here needs.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: ["FullFoundation"]),
    ],
    targets: [
        .systemLibrary(
            name: "CHiredis", path: "Sources/CHiredis", pkgConfig: "hiredis", providers: [.apt(["libhiredis-dev"])]),
        .systemLibrary(name: "CLinux", path: "Sources/CLinux"),
        .systemLibrary(name: "CZlib", path: "Sources/CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CLzma", path: "Sources/CLzma", pkgConfig: "liblzma", providers: [.apt(["liblzma-dev"])]),
        .systemLibrary(name: "CZstd", path: "Sources/CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        .target(
            name: "Redis",
            dependencies: [
                "CHiredis", log,
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: settings),
        .target(
            name: "JobQueue", dependencies: ["Redis", log], resources: [.embedInCode("Scripts")],
            swiftSettings: settings),
        .target(name: "Time", dependencies: ["JobQueue"], swiftSettings: settings),
        .target(
            name: "ScheduleConfiguration", dependencies: ["JobQueue", "Time", .product(name: "Yams", package: "Yams")],
            swiftSettings: settings),
        .target(
            name: "Scheduler", dependencies: ["JobQueue", "Time", "ScheduleConfiguration", log, lifecycle],
            swiftSettings: settings),
        .target(
            name: "Forecast", dependencies: ["JobQueue", "Time", "ScheduleConfiguration", "Scheduler"],
            swiftSettings: settings),
        .target(
            name: "Worker",
            dependencies: [
                "JobQueue", log, lifecycle, .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
            ],
            swiftSettings: settings),
        .target(
            name: "Simulator",
            dependencies: ["Redis", "JobQueue", "Time", "ScheduleConfiguration", "Scheduler", "Worker", log, lifecycle],
            swiftSettings: settings),
        .target(
            name: "Documents", dependencies: ["JobQueue", "Time", "ScheduleConfiguration", "Scheduler", "Forecast"],
            swiftSettings: settings),
        .target(
            name: "Operations",
            dependencies: [
                "Redis", "JobQueue", "Time", "ScheduleConfiguration", "Scheduler", "Forecast", "Documents",
            ], swiftSettings: settings),
        .target(
            name: "CeleryBridge",
            dependencies: [
                "Redis", "JobQueue", "Time", "ScheduleConfiguration", "Scheduler", "Worker", "CZlib", "CLzma", "CZstd",
                log, lifecycle,
            ],
            resources: [.embedInCode("Scripts")], swiftSettings: settings),
        .target(name: "Fleet", dependencies: ["CLinux", log, lifecycle], swiftSettings: settings),
        .target(name: "Trading", swiftSettings: settings),
        .target(
            name: "Exchange",
            dependencies: ["Trading", "Redis", log, .product(name: "Crypto", package: "swift-crypto")],
            resources: [.embedInCode("Scripts")], swiftSettings: settings),
        .target(
            name: "Ledger",
            dependencies: ["Trading", log, .product(name: "GRDB", package: "GRDB.swift")],
            resources: [.embedInCode("Migrations")], swiftSettings: settings),
        .target(
            name: "Jobs",
            dependencies: ["Worker", "JobQueue", "Trading", "Exchange", "Ledger", log],
            path: "Jobs", exclude: ["TestJobs"], swiftSettings: settings),
        .target(
            name: "TestJobs", dependencies: ["Jobs", "Worker", "JobQueue", "Trading", "Exchange"],
            path: "Jobs/TestJobs",
            swiftSettings: settings),
        .target(
            name: "Dashboard",
            dependencies: [
                "Redis", "JobQueue", "Documents", "Trading", "Exchange", "Ledger", log, lifecycle,
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOWebSocket", package: "swift-nio"),
            ],
            swiftSettings: settings),
        .target(name: "BenchProbe", dependencies: ["JobQueue", "Redis"], swiftSettings: settings),
        .executableTarget(
            name: "flotilla",
            dependencies: [
                "CLinux", "Redis", "JobQueue", "Time", "ScheduleConfiguration", "Scheduler", "Forecast", "Worker",
                "Simulator", "Documents", "Operations", "Fleet", "Trading", "Exchange", "Ledger", "Jobs", "TestJobs", "Dashboard",
                "CeleryBridge", "BenchProbe",
                log,
                lifecycle,
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),
        .target(
            name: "TestSupport",
            dependencies: [
                "Redis", log, .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ], path: "Tests/TestSupport", exclude: ["Fixtures"],
            swiftSettings: settings),
        tests(
            "Redis",
            also: [
                "JobQueue", log, .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        tests("JobQueue", also: ["Redis", log]),
        .target(
            name: "ScheduleSupport", dependencies: ["Time", "ScheduleConfiguration"], path: "Tests/ScheduleSupport",
            swiftSettings: settings),
        tests("Time", also: ["ScheduleSupport"]),
        tests("ScheduleConfiguration", also: ["ScheduleSupport", "JobQueue", "Time", "Scheduler"]),
        tests("Scheduler", also: ["ScheduleSupport", "JobQueue", "Redis", "Time", "ScheduleConfiguration"]),
        tests("Forecast", also: ["ScheduleSupport", "JobQueue", "Time", "ScheduleConfiguration", "Scheduler"]),
        tests(
            "Worker",
            also: ["JobQueue", "Redis", log, lifecycle, .product(name: "MetricsTestKit", package: "swift-metrics")]),
        tests("Simulator", also: ["JobQueue", "Redis", "ScheduleConfiguration", log]),
        tests("Documents", also: ["JobQueue"]),
        tests(
            "Operations",
            also: ["JobQueue", "Redis", "Ledger", "Trading", .product(name: "GRDB", package: "GRDB.swift")]),
        tests(
            "CeleryBridge",
            also: [
                "ScheduleSupport", "JobQueue", "Redis", "Time", "ScheduleConfiguration", "Worker", log,
            ],
            resources: [.copy("Captures")]),
        tests("Fleet", also: [log, lifecycle]),
        tests("Trading", resources: [.copy("Fixtures")]),
        tests("Exchange", also: ["Trading", "Redis"], resources: [.copy("Fixtures")]),
        tests(
            "Ledger", also: ["Trading", log, .product(name: "GRDB", package: "GRDB.swift")],
            resources: [.copy("Fixtures")]),
        tests(
            "Jobs",
            also: [
                "TestJobs", "Worker", "JobQueue", "Redis", "Trading", "Exchange", "Ledger", log,
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        tests(
            "Dashboard",
            also: [
                "JobQueue", "Redis", "Documents", "Trading", "Exchange", "Ledger", "Jobs", "Worker", log, lifecycle,
                .product(name: "GRDB", package: "GRDB.swift"), .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"), .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ], resources: [.copy("Fixtures")]),
        .target(
            name: "ProgramSupport", dependencies: ["TestSupport", "Redis", "Fleet", "flotilla"],
            path: "Tests/ProgramSupport",
            swiftSettings: settings),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "ProgramSupport", "TestSupport", "Redis", "JobQueue", "Fleet", "Time", "ScheduleConfiguration",
                "Documents", "CeleryBridge", "flotilla", log,
            ],
            path: "Tests/EndToEndTests", swiftSettings: settings),
        .testTarget(
            name: "ChaosTests", dependencies: ["ProgramSupport", "TestSupport", "Redis", "JobQueue", "Fleet"],
            path: "Tests/ChaosTests", swiftSettings: settings),
        .testTarget(name: "TidyTests", path: "Tests/TidyTests", swiftSettings: settings),
    ]
)

/// The tests of one module: `Tests/<module>Tests`, with the support every test may use.
func tests(_ module: String, also: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
    .testTarget(
        name: "\(module)Tests", dependencies: [.init(stringLiteral: module), "TestSupport"] + also,
        path: "Tests/\(module)Tests", resources: resources, swiftSettings: settings)
}
