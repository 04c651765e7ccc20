-- hold_orders.lua: holds all orders after an unclean stop, until a reconciliation that begins after it is clean.
-- Includes gate
-- KEYS[1]  hash  the gate of orders, as in gate.lua
-- ARGV[1]  source: who found the stop, such as 'leader'
-- ARGV[2]  mark of the stop, such as the epoch of the leader after it
-- ARGV[3]  now, unix ms
-- ARGV[4]  why, one line
-- Returns  1 held; 0 the source has held them for this stop before, and nothing was changed
-- Cost     O(1)
-- Atomic because a hold that was released would begin again when its source repeats the call.
local gate, mark = KEYS[1], 'mark:' .. ARGV[1]
settle_gate(gate, tonumber(ARGV[3]))
if redis.call('HGET', gate, mark) == ARGV[2] then return 0 end
redis.call('HSET', gate, mark, ARGV[2], 'held_since', ARGV[3], 'held_why', ARGV[4])
return 1
