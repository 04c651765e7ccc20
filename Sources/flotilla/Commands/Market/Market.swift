import ArgumentParser

/// What jobs and the dashboard know of the market.
struct Market: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The market data that decisions and the dashboard are made of.",
        subcommands: [List.self, Show.self, Load.self], defaultSubcommand: List.self)
}
