-- batch.lua: releases the locks of a finished job, and reports its completion to the parent that waits for it.
-- Includes concurrency
-- Returns  nothing by itself
-- Cost     of each function O(log n)
-- Atomic because it runs within the script that includes it.
-- Releases the locks of a job whose final record is `record`, and reports to its parent.
local function finish_locks(q, id, options, record, now)
  if options.cap then forget_next(q, id, options.cap) end
  if options.unique then finish_unique(q, id, options, record, now) end
  if options.batch then
    redis.call('RPUSH', q.completions,
      options.batch .. '\t' .. id .. '\t' .. state_code(record) .. '\t' .. outcome_of(record))
  end
end

-- Cancels a job that is not running, from any place. `now` is text, unix ms; `why` goes into its events, nil for none.
-- Returns the reason for which it was parked, or nil.
local function cancel_waiting(q, id, record, now, why)
  local final = finish_record(record, CANCELLED, now, why and event_json(now, 'cancelled', 'detail', why))
  redis.call('HINCRBY', q.meta, 'cancelled', 1)
  local reason = unpark(q, id)
  if reason or redis.call('ZREM', q.scheduled, id) + redis.call('ZREM', q.retrying, id) > 0 then
    redis.call('HSET', q.jobs, id, final)
    redis.call('LPUSH', q.done, id)
  else
    redis.call('HSET', q.jobs, id, with_state(final, CANCELLED_IN_READY))
    redis.call('HINCRBY', q.meta, 'tombstones', 1)
  end
  local options = locks_of(final)
  if options then finish_locks(q, id, options, final, tonumber(now)) end
  return reason
end
