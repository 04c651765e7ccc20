-- promote_due.lua: promotes scheduled and retrying jobs that are due.
-- Includes queue
-- KEYS[1...13]  the queue's keys, as in queue.lua
-- ARGV[1]  now, unix ms
-- ARGV[2]  how many at the most from each, 1 to 256
-- Returns  the number of jobs made ready
-- Cost     O(jobs log n)
-- Atomic because a crash between the two places would lose the job.
local q = queue_at(1)
local moved = 0
for _, place in ipairs({q.scheduled, q.retrying}) do
  local due = redis.call('ZRANGEBYSCORE', place, '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
  if #due > 0 then
    redis.call('ZREM', place, unpack(due))
    local records = redis.call('HMGET', q.jobs, unpack(due))
    local plain = {}
    for i = 1, #due do
      if records[i] then
        local priority = priority_of(records[i])
        if priority ~= 0 then redis.call('ZADD', q.ranked, -priority, due[i])
        else plain[#plain + 1] = due[i] end
        moved = moved + 1
      end
    end
    if #plain > 0 then redis.call('RPUSH', q.ready, unpack(plain)) end
  end
end
notify_workers(q, moved)
return moved
