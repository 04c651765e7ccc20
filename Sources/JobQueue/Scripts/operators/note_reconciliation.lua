-- note_reconciliation.lua: records how a reconciliation ended, and releases the hold that it began under.
-- Includes gate
-- KEYS[1]  hash  the gate of orders, as in gate.lua
-- ARGV[1]  the halts and the hold that the reconciliation read when it began, as gate_stamp tells them
-- ARGV[2]  when it began, unix ms
-- ARGV[3]  why it was not clean, one line; empty when it was
-- ARGV[4]  now, unix ms
-- Returns  2 a hold was released; 1 recorded; 0 it was not clean, or does not count, because a halt or hold began since
-- Cost     O(1)
-- Atomic because a hold could begin between the comparison and the release.
local gate = KEYS[1]
settle_gate(gate, tonumber(ARGV[4]))
if ARGV[3] ~= '' then
  redis.call('HSET', gate, 'unclean', ARGV[3])
  return 0
end
if gate_stamp(gate) ~= ARGV[1] then return 0 end
redis.call('HDEL', gate, 'unclean')
redis.call('HSET', gate, 'reconciled', ARGV[2])
return redis.call('HDEL', gate, 'held_since', 'held_why') > 0 and 2 or 1
