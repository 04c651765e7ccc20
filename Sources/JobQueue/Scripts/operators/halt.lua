-- halt.lua: halts buys, or all orders, for the whole fleet.
-- Includes gate
-- KEYS[1]  hash  the gate of orders, as in gate.lua
-- ARGV[1]  'buys' or 'all'
-- ARGV[2]  now, unix ms
-- ARGV[3]  how long, ms; 0 until resumed
-- ARGV[4]  reason, one line
-- ARGV[5]  who halts them
-- Returns  1
-- Cost     O(1)
-- Atomic because time and reason belong together, and a reconciliation from before the halt must not count after it.
local gate, level, now, length = KEYS[1], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
settle_gate(gate, now)
local till = length == 0 and '0' or string.format('%.0f', now + length)
redis.call('HSET', gate, level .. ':since', ARGV[2], level .. ':until', till, level .. ':for', ARGV[3],
  level .. ':reason', ARGV[4], level .. ':who', ARGV[5])
redis.call('HDEL', gate, 'reconciled', 'unclean')
return 1
