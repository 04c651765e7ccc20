import Testing

/// Tests of the built program. They run one after the other: each starts processes, some of them a whole fleet.
@Suite(.serialized) enum EndToEnd {}
