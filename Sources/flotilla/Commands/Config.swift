import ArgumentParser
import Redis

struct Config: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Settings.", subcommands: [Show.self], defaultSubcommand: Show.self)

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Each setting and where it comes from.")

        @OptionGroup var common: CommonOptions
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            let settings = try Settings(common)
            let rows = try settings.all.map { setting in
                guard setting.name == "REDIS_URL" else {
                    return (setting.name, setting.isSecret ? "***" : setting.value, setting.source)
                }
                let source = setting.value.isEmpty ? "default" : setting.source
                // The description of an address hides its password.
                return (setting.name, "\(try settings.redisAddress())", source)
            }
            if json {
                return JSONDocument.array(
                    rows.map { .object([("name", .string($0.0)), ("value", .string($0.1)), ("source", .string($0.2))]) }
                ).printDocument()
            }
            Terminal.printTable(["SETTING", "VALUE", "SOURCE"], rows.map { [$0.0, $0.1, $0.2] })
        }
    }
}
