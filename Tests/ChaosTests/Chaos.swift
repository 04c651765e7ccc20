import Testing

/// Tests that break things under a running fleet. One after the other; each prints its seed.
@Suite(.serialized) enum Chaos {}
