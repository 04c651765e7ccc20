-- remove_fuse.lua: takes a fuse out of a queue; maintenance releases its jobs step by step.
-- Includes fuse
-- KEYS[1]  hash  the fuses of the queue, as in fuse.lua
-- ARGV[1]  fuse id
-- Returns  1 removed; 0 there was none
-- Cost     O(fuses of the queue)
-- Atomic because a fetch between the writes would read a fuse without its time.
local key, id = KEYS[1], ARGV[1]
if redis.call('HDEL', key, 'f:' .. id) == 0 then return 0 end
redis.call('HDEL', key, 't:' .. id)
list_kinds(key)
return 1
