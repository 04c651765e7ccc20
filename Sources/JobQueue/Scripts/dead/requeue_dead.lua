-- requeue_dead.lua: makes dead jobs ready again on request of an operator.
-- Includes unique, bin
-- KEYS[1...13]  the queue's keys, as in queue.lua
-- ARGV[1]  number of jobs, 1 to 256; then two values for each: job id, record with its attempts given back
-- Returns  for each job 1 made ready; 0 it is not dead any more; '<id>' an unfinished job holds its unique key. A job
--          that was not made ready does not change
-- Cost     O(jobs log n)
-- Atomic because a crash between the two places would lose the job.
local q, answer, moved = queue_at(1), {}, 0

-- The other unfinished job that holds the unique key of this one, or nil.
local function rival(id, options)
  local holder = options and options.unique and unique_holder(q, options.unique)
  local theirs = holder and holder ~= id and redis.call('HGET', q.jobs, holder)
  return is_unfinished(state_code(theirs)) and holder
end

for i = 1, tonumber(ARGV[1]) do
  local id, record = ARGV[2 * i], ARGV[2 * i + 1]
  local options = locks_of(record)
  local died = redis.call('ZSCORE', q.dead, id)
  answer[i] = died and (rival(id, options) or 1) or 0
  if answer[i] == 1 then
    local next = priority_of(record) == 0 and 'ready' or 'ranked'
    note_move(q, id, redis.call('HGET', q.jobs, id), 'dead', died, next, {requeued = 1})
    redis.call('ZREM', q.dead, id)
    redis.call('HSET', q.jobs, id, record)
    push_ready(q, id, priority_of(record), false)
    if options and options.unique then lock_unique(q, options.unique, options.unique_until_ms or 0, id, false) end
    moved = moved + 1
  end
end
if moved > 0 then
  redis.call('HINCRBY', q.meta, 'requeued', moved)
  notify_worker(q)
end
return answer
