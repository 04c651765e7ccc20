-- raise_epoch.lua: stores the epoch of a new leader in a queue, so that scripts refuse ticks of an earlier one.
-- KEYS[1]  hash  the queue's counters and settings: epoch
-- ARGV[1]  epoch of the new leadership
-- Returns  the epoch that the queue has now; a greater one than ARGV[1] means that leadership is lost
-- Cost     O(1)
-- Atomic because the epoch of a later leader could be overwritten between reading and writing.
local meta, epoch = KEYS[1], tonumber(ARGV[1])
local known = tonumber(redis.call('HGET', meta, 'epoch') or '0')
if epoch <= known then return known end
redis.call('HSET', meta, 'epoch', ARGV[1])
return epoch
