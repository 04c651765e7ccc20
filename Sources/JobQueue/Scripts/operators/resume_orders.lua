-- resume_orders.lua: ends all halts of orders, unless the orders of the ledger are not reconciled.
-- Includes gate
-- KEYS[1]  hash  the gate of orders, as in gate.lua
-- ARGV[1]  now, unix ms
-- Returns  1 resumed: no decision from before is traded; 0 nothing was halted; -1 no reconciliation has come back clean
--          since the halt began, or the last one did not, and nothing was changed
-- Cost     O(1)
-- Atomic because an order could be placed for an old decision between the end of the halt and the time of it.
local gate, now = KEYS[1], tonumber(ARGV[1])
settle_gate(gate, now)
local halts = redis.call('HMGET', gate, 'buys:since', 'all:since')
if not halts[1] and not halts[2] then return 0 end
if redis.call('HEXISTS', gate, 'reconciled') == 0 or redis.call('HEXISTS', gate, 'unclean') == 1 then return -1 end
for i, level in ipairs(LEVELS) do
  if halts[i] then end_halt(gate, level, now) end
end
return 1
