-- circuit_open.lua: opens a circuit on request of an operator; after its time a probe is admitted, as after any
-- opening.
-- KEYS[1]  hash  the circuit, as circuit_admit.lua keeps it
-- ARGV[1]  now, unix ms
-- ARGV[2]  for how long, ms
-- ARGV[3]  length of the opening after that if the probe fails, ms
-- ARGV[4]  reason, one line
-- Returns  until when it is open, unix ms
-- Cost     O(1)
-- Atomic because a report between the writes would see a half-written opening.
local key, length = KEYS[1], tonumber(ARGV[2])
local till = string.format('%.0f', tonumber(ARGV[1]) + length)
local since = redis.call('HGET', key, 'since') or ARGV[1]
local openings = tonumber(redis.call('HGET', key, 'openings') or '0') + 1
redis.call('HDEL', key, 'probe', 'ramp', 'slot', 'given', 'failures')
redis.call('HSET', key, 'phase', 'open', 'since', since, 'until', till, 'length', ARGV[2], 'next', ARGV[3],
  'reason', ARGV[4], 'hand', 1, 'openings', openings)
redis.call('PEXPIRE', key, length + 86400000)
return tonumber(till)
