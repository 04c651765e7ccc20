import Glibc
import Logging

@testable import Fleet

/// Catches the lines a child writes. They end when no process is left that could write more.
struct LineProbe: Sendable {
    let lines: AsyncStream<String>
    let output: ChildOutput

    init() {
        let (lines, continuation) = AsyncStream.makeStream(of: String.self)
        self.lines = lines
        output = .lines { line in
            if let line { continuation.yield(line) } else { continuation.finish() }
        }
    }

    func all() async -> [String] {
        var found: [String] = []
        for await line in lines { found.append(line) }
        return found
    }
}

/// A shell that runs `script` with a usable `PATH`.
func shell(_ script: String) -> ProcessCommand {
    ProcessCommand("/bin/sh", arguments: ["-c", script], environment: ["PATH": "/usr/bin:/bin"])
}

/// Whether the process exists, be it as a zombie.
func exists(_ processID: Int32) -> Bool { kill(processID, 0) == 0 }

/// A fleet and what it lets out: `worker line` for each line, and the exits.
struct FleetProbe: Sendable {
    let fleet: FleetSupervisor
    let lines: AsyncStream<String>
    let exits: AsyncStream<WorkerExit>

    init(_ plan: FleetPlan, policy: RestartPolicy, clock: any Clock<Duration>) throws {
        let (lines, line) = AsyncStream.makeStream(of: String.self)
        let (exits, exit) = AsyncStream.makeStream(of: WorkerExit.self)
        self.lines = lines
        self.exits = exits
        fleet = try FleetSupervisor(
            plan: plan, policy: policy, grace: .seconds(10),
            output: .lines { worker, text in line.yield("\(worker) \(text)") },
            clock: clock, random: SystemRandomNumberGenerator(),
            logger: Logger(label: "fleet-tests", factory: { _ in SwiftLogNoOpLogHandler() }),
            onExit: { exit.yield($0) })
    }

    /// Runs the fleet around `body` and kills what is left of it afterwards.
    func run(_ body: @Sendable (FleetSupervisor) async throws -> Void) async throws {
        let fleet = fleet
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await fleet.run() }
            defer { group.cancelAll() }
            try await body(fleet)
        }
    }
}

/// One pool named `trading` whose workers run `script`.
func plan(_ processes: Int, _ script: String) throws -> FleetPlan {
    try FleetPlan(pools: [.init(name: "trading", processes: processes, command: shell(script))])
}

/// Says `up` and then waits to be ended.
let patientScript = "echo up; exec sleep 1000"
/// Restarts at once whatever happens.
let eager = RestartPolicy(healthyAfter: .zero)
