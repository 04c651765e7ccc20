-- forget_finished.lua: removes one finished job on request of an operator. It holds no locks afterwards.
-- Includes concurrency, bin
-- KEYS[1...13]  the queue's keys, as in queue.lua
-- ARGV[1]  job id
-- Returns  1 removed; 0 it has no record, is not finished, or is dead, and nothing changed
-- Cost     O(finished jobs): LREM walks the list, which is capped at 1000; a job cancelled in the ready list is looked
--          for among the first 100 000 ready ones
-- Atomic because a crash between the keys would leave an id without a record, or a unique key of no job.
local q, id = queue_at(1), ARGV[1]
local record = redis.call('HGET', q.jobs, id)
local state = state_code(record)
if state == CANCELLED_IN_READY then
  note_for_good()
  if redis.call('ZREM', q.ranked, id) == 1
    or redis.call('LPOS', q.ready, id, 'MAXLEN', 100000) and redis.call('LREM', q.ready, 1, id) == 1 then
    redis.call('HDEL', q.jobs, id)
    redis.call('HINCRBY', q.meta, 'tombstones', -1)
  else
    -- The id stands far back in the ready list: fetch.lua drops it when its turn comes, and the state code marks it
    -- until then.
    redis.call('HSET', q.jobs, id, with_state(record, DELETED_IN_READY))
  end
elseif state == SUCCEEDED or state == CANCELLED or state == EXPIRED then
  note_move(q, id, record, 'done', nil, 'none', {})
  redis.call('LREM', q.done, 1, id)
  redis.call('HDEL', q.jobs, id)
else return 0 end
release_deleted(q, id, record)
return 1
