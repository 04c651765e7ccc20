import Testing

@testable import Ledger

@Suite struct LedgerAddressTests {
    @Test(arguments: [
        ("sqlite:///trader.db", "trader.db"), ("sqlite:////var/lib/trader.db", "/var/lib/trader.db"),
        ("sqlite:///./data/a b.db", "./data/a b.db"), ("sqlite+pysqlite:///x.db", "x.db"),
        ("sqlite:///x.db?check_same_thread=false&timeout=5", "x.db"), ("sqlite:///a%20b.db", "a%20b.db"),
    ])
    func `a SQLAlchemy URL leads to its file`(url: String, path: String) throws {
        #expect(try LedgerAddress(url).path == path)
    }

    @Test(arguments: [
        "", "trader.db", "sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite://host/x.db",
        "postgresql://u:secret@h/db", "sqlite:///x.db?mode=ro", "sqlite:/x.db",
    ])
    func `what is no such URL is refused without repeating a password`(url: String) {
        #expect {
            try LedgerAddress(url)
        } throws: { error in
            !"\(error)".contains("secret") && "\(error)".contains("sqlite:///relative.db")
        }
    }
}
