import ArgumentParser
import Documents
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
            var rows = try settings.all.map { setting in
                guard setting.name == "REDIS_URL" else {
                    return Setting(name: setting.name, value: Self.masked(setting.value), source: setting.source)
                }
                let source = setting.value.isEmpty ? "default" : setting.source
                // The description of an address hides its password.
                return Setting(name: setting.name, value: "\(try settings.redisAddress())", source: source)
            }
            rows += settings.secrets.flatMap(\.rows)
            if json {
                return Terminal.printDocument(
                    rows.map { SettingDocument(name: $0.name, value: $0.value, source: $0.source) })
            }
            Terminal.printTable(["SETTING", "VALUE", "SOURCE"], rows.map { [$0.name, Shown.line($0.value), $0.source] })
        }

        /// An address may hold a password too.
        private static func masked(_ value: String) -> String {
            value.replacing(/(:\/\/[^\/:@]*):[^\/@]*@/) { "\($0.output.1):***@" }
        }
    }
}
