/// A setting and where it comes from: `config show`.
public struct SettingDocument: Encodable, Sendable {
    let name, value, source: String

    /// - Parameter value: as it may be shown, without passwords.
    public init(name: String, value: String, source: String) {
        self.name = name
        self.value = value
        self.source = source
    }
}
