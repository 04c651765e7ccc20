-- notify_again.lua: calls a worker for ready jobs that no call stands for, such as one that died with its hearer.
-- Includes queue
-- KEYS[1...13]  the queue's keys, as in queue.lua
-- Returns  1 called; 0 there was no need to
-- Cost     O(1)
-- Atomic because nothing else may call between the look and the call: one call is enough.
local q = queue_at(1)
if redis.call('LLEN', q.wake) > 0 or redis.call('EXISTS', q.ready, q.ranked) == 0 then return 0 end
notify_worker(q)
return 1
