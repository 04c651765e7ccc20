-- configure_queue.lua: sets the queue settings that bind producers, where they differ.
-- KEYS[1]  hash  the queue's counters and settings: max_waiting, when_full, durability, fresh_for
-- ARGV[1]  most jobs that wait; empty for no limit
-- ARGV[2]  'reject', 'drop-oldest' or 'coalesce'
-- ARGV[3]  'memory' or 'fsync'
-- ARGV[4]  how long after its time a job may start, ms; empty: no limit
-- Returns  1 a setting changed; 0 all were the same, and nothing was written
-- Cost     O(1)
-- Atomic because a new limit would otherwise act with the old policy for a moment.
local names = {'max_waiting', 'when_full', 'durability', 'fresh_for'}
local wanted = {ARGV[1], ARGV[1] ~= '' and ARGV[2] or '', ARGV[3] ~= 'memory' and ARGV[3] or '', ARGV[4]}
local set, changed = redis.call('HMGET', KEYS[1], unpack(names)), 0
for i, name in ipairs(names) do
  if (set[i] or '') ~= wanted[i] then
    changed = 1
    if wanted[i] == '' then redis.call('HDEL', KEYS[1], name) else redis.call('HSET', KEYS[1], name, wanted[i]) end
  end
end
return changed
