/// What does not change about a node while its process runs.
package struct NodeProfile: Sendable {
    /// `<process>@<host>`, such as `trading-1@vm`.
    package var name: String
    /// Of this process.
    package var pid: Int
    /// Of Flotilla.
    package var version: String
    /// Tasks that run at once.
    package var slots: Int
    /// Celery queues of the configuration.
    package var queues: [String]
    /// Registered task names, sorted.
    package var tasks: [String]
    /// Where the broker listens, for `stats`, without password.
    package var broker: BrokerPlace
    /// What `inspect conf` shows; the composition that fills it hides passwords.
    package var configuration: WireObject

    /// Where the broker listens.
    package struct BrokerPlace: Sendable {
        /// Host name, or the path of a socket file.
        package var host: String
        /// TCP port; 0 for a socket file.
        package var port: Int
        /// Number of the broker's database, which stands in the names of its channels.
        package var database: Int
        /// `global_keyprefix`; empty for none.
        package var prefix: String

        /// A broker without prefix in database 0 unless others are named.
        package init(host: String, port: Int, database: Int = 0, prefix: String = "") {
            self.host = host
            self.port = port
            self.database = database
            self.prefix = prefix
        }
    }

    /// Checks nothing.
    package init(
        name: String, pid: Int, version: String, slots: Int, queues: [String], tasks: [String], broker: BrokerPlace,
        configuration: WireObject = WireObject()
    ) {
        self.name = name
        self.pid = pid
        self.version = version
        self.slots = slots
        self.queues = queues
        self.tasks = tasks
        self.broker = broker
        self.configuration = configuration
    }
}
