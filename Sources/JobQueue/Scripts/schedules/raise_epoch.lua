-- raise_epoch.lua: tells a queue that a new scheduler leads, so that ticks of an earlier one are refused.
-- KEYS[1]  hash  the queue's counters and settings: epoch
-- ARGV[1]  epoch of the new leadership
-- Returns  the epoch that the queue knows now; a greater one than ARGV[1] means that leadership is lost
-- Cost     O(1)
-- Atomic because between reading and writing a later leader could be forgotten.
local meta, epoch = KEYS[1], tonumber(ARGV[1])
local known = tonumber(redis.call('HGET', meta, 'epoch') or '0')
if epoch <= known then return known end
redis.call('HSET', meta, 'epoch', ARGV[1])
return epoch
