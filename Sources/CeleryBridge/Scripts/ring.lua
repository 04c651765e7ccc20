-- ring.lua: wakes an idle worker of a queue, unless a wake-up waits already.
-- KEYS[1]  list  wake-ups, as in queue.lua
-- Returns  nothing
-- Cost     O(1)
-- Atomic because two nodes that ring at once need only one wake-up.
if redis.call('LLEN', KEYS[1]) == 0 then
  redis.call('RPUSH', KEYS[1], '1')
  redis.call('PEXPIRE', KEYS[1], 60000)
end
return false
