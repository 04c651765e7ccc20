import Foundation

/// The query of a request: names and texts, decoded.
enum QueryText {
    /// Of a name that is given twice the last counts, as in the application that the dashboard was made for.
    /// - Throws: `badRequest` for what is no UTF-8 once it is decoded.
    static func parameters(_ query: String) throws(DashboardError) -> [String: String] {
        var parameters: [String: String] = [:]
        for pair in query.split(separator: "&", omittingEmptySubsequences: true) {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = try decoded(parts[0])
            parameters[name] = parts.count > 1 ? try decoded(parts[1]) : ""
        }
        return parameters
    }

    private static func decoded(_ text: Substring) throws(DashboardError) -> String {
        guard let decoded = text.replacingOccurrences(of: "+", with: " ").removingPercentEncoding else {
            throw .badRequest("The query is no valid UTF-8 text.")
        }
        return decoded
    }
}
