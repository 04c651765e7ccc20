-- add_fuse.lua: lets a queue park jobs of a kind when they are fetched.
-- Includes fuse
-- KEYS[1]  hash  the fuses of the queue, as in fuse.lua
-- ARGV[1]  fuse id
-- ARGV[2]  the fuse, JSON
-- ARGV[3]  until when, unix ms
-- ARGV[4]  for how long, ms
-- ARGV[5]  how many fuses a queue may have
-- Returns  1 added; 0 there is one of this id, and nothing was changed; -1 the queue has too many
-- Cost     O(fuses of the queue)
-- Atomic because a fetch between the writes would not find the kind among those with fuses.
local key, id = KEYS[1], ARGV[1]
if redis.call('HEXISTS', key, 'f:' .. id) == 1 then return 0 end
if #all_fuses(key) >= tonumber(ARGV[5]) then return -1 end
redis.call('HSET', key, 'f:' .. id, ARGV[2], 't:' .. id, ARGV[3] .. ' ' .. ARGV[4])
list_kinds(key)
return 1
