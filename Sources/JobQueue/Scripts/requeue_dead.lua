-- requeue_dead.lua: makes dead jobs ready again because a person said so.
-- KEYS[1...13]  the queue's keys, as in links.lua
-- ARGV[1]  number of jobs, 1 to 256; then two values for each: job id, record with its attempts given back
-- Returns  the number of jobs made ready; one that was not dead any more, or whose unique key another job holds, is
--          left as it is
-- Cost     O(jobs log n)
-- Atomic because a crash between the two places would lose the job.
local q = queue_at(1)
local moved = 0
for i = 1, tonumber(ARGV[1]) do
  local id, record = ARGV[2 * i], ARGV[2 * i + 1]
  local options = links_of(record)
  local holder = options and options.unique and unique_holder(q, options.unique)
  local theirs = holder and holder ~= id and redis.call('HGET', q.jobs, holder)
  local mark = theirs and string.sub(theirs, 2, 2)
  if mark ~= 'w' and mark ~= 'W' and redis.call('ZREM', q.dead, id) == 1 then
    redis.call('HSET', q.jobs, id, record)
    line_up(q, id, priority_of(record), false)
    if options and options.unique then hold_unique(q, options.unique, options.unique_until_ms or 0, id, false) end
    moved = moved + 1
  end
end
if moved > 0 then
  redis.call('HINCRBY', q.meta, 'requeued', moved)
  call_one(q)
end
return moved
