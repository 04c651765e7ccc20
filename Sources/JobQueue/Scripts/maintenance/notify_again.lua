-- notify_again.lua: sends a wake-up for ready jobs without one, as after the death of the worker that received it.
-- Includes queue
-- KEYS[1...13]  the queue's keys, as in queue.lua
-- Returns  1 sent; 0 not needed
-- Cost     O(1)
-- Atomic because another script could send a wake-up between the check and the push, and one is enough.
local q = queue_at(1)
if redis.call('LLEN', q.wake) > 0 or redis.call('EXISTS', q.ready, q.ranked) == 0 then return 0 end
notify_worker(q)
return 1
