/// The sales that turn the account into cash: `flatten`.
public struct FlattenDocument: Encodable, Sendable {
    let isDryRun: Bool
    let sales: [Sale]
    let unsellable: [String]

    /// - Parameters:
    ///   - sales: product, base units as an exact decimal, and the job that sells them; nil in a dry run.
    ///   - unsellable: currencies that are held and that no listed product sells for dollars.
    public init(isDryRun: Bool, sales: [(product: String, baseSize: String, job: String?)], unsellable: [String]) {
        self.isDryRun = isDryRun
        self.sales = sales.map { Sale(product: $0.product, baseSize: $0.baseSize, job: $0.job) }
        self.unsellable = unsellable
    }

    enum CodingKeys: String, CodingKey {
        case isDryRun = "dry_run"
        case sales, unsellable
    }

    struct Sale: Encodable, Sendable {
        let product, baseSize: String
        @OrNull var job: String?

        enum CodingKeys: String, CodingKey {
            case product
            case baseSize = "base_size"
            case job
        }
    }
}
