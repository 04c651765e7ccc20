-- crash.lua: counts crashes and lost leases of a job, and makes it dead after too many.
-- Includes queue
-- A crash is a worker death that a supervisor saw, or a worker that never came back. A lease that was lost while its
-- worker lived is a loss and no crash; MOST_LOSSES of them make a job dead, too. unpack_record gives `r`; r.missing are
-- the workers that lost the job's lease and may have crashed or may come back.
-- Returns  nothing by itself
-- Cost     of each function O(log n), unless it says more
-- Atomic because it runs within the script that includes it.
local MOST_LOSSES = 20

local function add_event(r, now, event, worker, detail)
  local text = event_json(now, event, 'attempt', r.attempts + 1, 'worker', worker, 'detail', detail)
  r.events = r.events == '' and text or text .. ',' .. r.events
end

local function count_crash(q, r, now, worker, detail)
  r.crashes = r.crashes + 1
  add_event(r, now, 'crashed', worker, detail)
  redis.call('HINCRBY', q.meta, 'crashes', 1)
end

-- Resolves the missing workers of a job: one that came back counts as a loss, one that is missing for `patience` or
-- longer as a crash.
local function resolve_missing(q, r, vanished, now, patience)
  local missing = {}
  for _, worker in ipairs(r.missing) do
    local since = redis.call('ZSCORE', vanished, worker)
    if not since then r.losses = r.losses + 1
    elseif tonumber(now) - tonumber(since) >= patience then count_crash(q, r, now, worker, 'it never came back')
    else missing[#missing + 1] = worker end
  end
  r.missing = missing
end

-- Why a job is dead, as an outcome; nil when it may run again. `last` says how its last worker ended.
local function verdict(r, now, limit, last)
  if r.crashes >= limit then
    return error_json(now, 'crash', 'the worker died with this job ' .. r.crashes .. ' times; last: ' .. last)
  elseif r.losses >= MOST_LOSSES then
    return error_json(now, 'lease-lost', 'its lease was lost ' .. r.losses
      .. ' times while its worker lived: look at Redis or the network')
  end
end

-- Makes a job dead. Returns its final record.
local function dead_letter(q, id, r, now, outcome)
  r.outcome, r.finished = outcome, now
  local final = pack_record(r, DEAD)
  redis.call('HSET', q.jobs, id, final)
  redis.call('ZADD', q.dead, now, id)
  redis.call('HINCRBY', q.meta, 'died', 1)
  return final
end

-- Gives an unfinished job its next place: first in the ready list; parked before the crash that would be its last, so
-- that it runs beside no other such job; parked while it is not known whether that crash has happened. Returns its
-- record, and the reason for which the caller is to park it.
local function put_back(q, id, r, limit)
  local record, strikes = pack_record(r, LIVE), r.crashes + #r.missing
  redis.call('HSET', q.jobs, id, record)
  if strikes >= limit then return record, 'crash-open' end
  if strikes > 0 and strikes == limit - 1 then return record, 'crashed' end
  push_ready(q, id, priority_of(record), true)
  return record
end
