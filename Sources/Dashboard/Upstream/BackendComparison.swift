import Foundation
import HTTPTypes
import Ledger

/// Asks the old backend and this one the same questions, and says where the answers differ. Reads only.
public struct BackendComparison: Sendable {
    /// What came of one question.
    public struct Result: Sendable {
        /// Path and query.
        public let question: String
        /// Why it could not be compared; nil when it was.
        public let problem: String?
        /// Empty when the answers are equal.
        public let differences: [JSONDifference]
    }

    private let client: UpstreamClient
    private let dependencies: DashboardDependencies

    /// - Parameter address: of the old backend. Some of its GETs evaluate bots and may place orders: compare with one
    ///   that has no keys, or while its bots are stopped.
    public init(_ address: UpstreamAddress, _ dependencies: DashboardDependencies) {
        client = UpstreamClient(address, limit: .seconds(90))
        self.dependencies = dependencies
    }

    /// One after another, each told as soon as it is known.
    public func run(_ tell: (Result) -> Void) async throws {
        let endpoints = EndpointTable.dashboard(dependencies)
        let caller = EndpointCaller(router: EndpointRouter(endpoints))
        for question in try await questions(endpoints) { tell(await compare(question, caller)) }
    }

    private func compare(_ question: String, _ caller: EndpointCaller) async -> Result {
        let parts = question.split(separator: "?", maxSplits: 1).map(String.init)
        do {
            let there = try await client.ask(.get, question)
            let here = try await caller.answer("GET", parts[0], query: parts.count > 1 ? parts[1] : "")
            guard there.status == here.status else {
                return Result(
                    question: question, problem: "status \(there.status) there, \(here.status) here", differences: [])
            }
            let decoder = JSONDecoder()
            return Result(
                question: question, problem: nil,
                differences: JSONDifferences.between(
                    try decoder.decode(JSONValue.self, from: Data(there.body)),
                    try decoder.decode(JSONValue.self, from: Data(here.body))))
        } catch {
            return Result(question: question, problem: "\(error)", differences: [])
        }
    }

    /// Every GET of the table; those with a bot or a product for the first three of the ledger.
    private func questions(_ endpoints: [Endpoint]) async throws -> [String] {
        let bots = try await dependencies.ledger.bots().prefix(3)
        var questions: [String] = []
        for endpoint in endpoints where endpoint.method == .get && endpoint.path.hasPrefix("/api/v1/") {
            let query =
                endpoint.parameters.contains { $0.place == .query && $0.standard == nil && !$0.isOptional }
                ? "?"
                    + endpoint.parameters.filter { $0.place == .query }.map { Self.sample($0, bots.map(\.pair)) }
                    .joined(separator: "&") : ""
            var paths: Set<String> = []
            for bot in bots {
                var path = endpoint.path
                path = path.replacing("{bot_id}", with: "\(bot.id)").replacing(
                    "{product_id}", with: Self.encoded(bot.pair))
                guard !path.contains("{") else { continue }
                paths.insert(path)
            }
            questions += paths.sorted().map { $0 + query }
        }
        return questions
    }

    private static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: CharacterSet(charactersIn: "-.").union(.alphanumerics)) ?? ""
    }

    private static func sample(_ parameter: EndpointParameter, _ pairs: [String]) -> String {
        "\(parameter.name)=" + (parameter.standard ?? pairs.map(encoded).joined(separator: ","))
    }
}
