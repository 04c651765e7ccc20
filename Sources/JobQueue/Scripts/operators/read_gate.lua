-- read_gate.lua: reads the gate of orders; ends a halt whose time is over.
-- Includes gate
-- KEYS[1]  hash  the gate of orders, as in gate.lua
-- ARGV[1]  now, unix ms
-- Returns  {field, value, ...}, as HGETALL
-- Cost     O(1)
-- Atomic because a halt that begins between the end of another one and the reading would be missed.
settle_gate(KEYS[1], tonumber(ARGV[1]))
return redis.call('HGETALL', KEYS[1])
