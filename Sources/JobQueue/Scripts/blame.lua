-- blame.lua: functions about jobs that a worker was lost with, put after links.lua before the scripts that need them.
-- A crash is a death that somebody saw, or a worker that never came back. A lease that was lost while its worker lived
-- is a loss, and blames nobody. The first line of a record ends with 'TAB <losses>[ <worker> ...]' when there are any:
-- how often its lease was lost so, and the workers that lost it and are missing yet.
-- Returns  nothing by itself
-- Cost     of each function O(log n), unless it says more
-- Atomic because it runs within the script that it is put before.
local most_losses = 20

-- The parts of a record; nil when it is of another version.
local function unpacked(record)
  local r, said = {missing = {}}, nil
  r.head, r.attempts, r.crashes, r.enqueued, r.started, r.finished, r.worker, said, r.options, r.events, r.outcome,
    r.payload = string.match(record or '', '^1.(-?%d+\t[^\t\n]*\t)(%d+)\t(%d+)\t(%d+)\t(%d*)\t(%d*)\t([^\t\n]*)\t?'
      .. '([^\n]*)\n([^\n]*)\n([^\n]*)\n([^\n]*)\n(.*)$')
  if not r.head then return nil end
  r.crashes = tonumber(r.crashes)
  r.losses = tonumber(string.match(said, '^%d+') or '0')
  for worker in string.gmatch(said, ' (%S+)') do r.missing[#r.missing + 1] = worker end
  return r
end

local function packed(r, mark)
  local said = (r.losses > 0 or #r.missing > 0) and '\t' .. r.losses or ''
  for _, worker in ipairs(r.missing) do said = said .. ' ' .. worker end
  return '1' .. mark .. r.head .. r.attempts .. '\t' .. r.crashes .. '\t' .. r.enqueued .. '\t' .. r.started .. '\t'
    .. r.finished .. '\t' .. r.worker .. said .. '\n' .. r.options .. '\n' .. r.events .. '\n' .. r.outcome .. '\n'
    .. r.payload
end

-- `detail` is a JSON text without the quotes.
local function add_event(r, now, event, worker, detail)
  local text = '{"at":' .. now .. ',"event":"' .. event .. '","attempt":' .. r.attempts + 1 .. ',"worker":"' .. worker
    .. '","detail":"' .. detail .. '"}'
  r.events = r.events == '' and text or text .. ',' .. r.events
end

local function count_crash(q, r, now, worker, detail)
  r.crashes = r.crashes + 1
  add_event(r, now, 'crashed', worker, detail)
  redis.call('HINCRBY', q.meta, 'crashes', 1)
end

-- Looks for the workers that a job misses. One that came back makes a loss; one that is away for longer than
-- `patience` a crash.
local function weigh(q, r, vanished, now, patience)
  local missing = {}
  for _, worker in ipairs(r.missing) do
    local since = redis.call('ZSCORE', vanished, worker)
    if not since then r.losses = r.losses + 1
    elseif tonumber(now) - tonumber(since) >= patience then count_crash(q, r, now, worker, 'it never came back')
    else missing[#missing + 1] = worker end
  end
  r.missing = missing
end

-- Why a job is given up, as an outcome; nil when it is not. `last` says how its last worker ended.
local function verdict(r, now, limit, last)
  local kind, message
  if r.crashes >= limit then
    kind, message = 'crash', 'the worker died with this job ' .. r.crashes .. ' times; last: ' .. last
  elseif r.losses >= most_losses then
    kind, message = 'lease-lost', 'its lease was lost ' .. r.losses
      .. ' times while its worker lived: look at Redis or the network'
  else return nil end
  return '{"error":{"type":"' .. kind .. '","message":"' .. message .. '","fingerprint":"' .. kind .. '","at":' .. now
    .. '}}'
end

-- Ends a job that was given up. Returns its final record.
local function give_up(q, id, r, now, outcome)
  r.outcome, r.finished = outcome, now
  local final = packed(r, 'D')
  redis.call('HSET', q.jobs, id, final)
  redis.call('ZADD', q.dead, now, id)
  redis.call('HINCRBY', q.meta, 'died', 1)
  return final
end

-- Gives a job that goes on to live its next place: first in line; aside before the crash that would be its last, so
-- that it meets no other such job; aside for later while it is open whether that crash has been. Returns its record,
-- and for what it is still to be set aside.
local function put_back(q, id, r, limit)
  local record, strikes = packed(r, 'w'), r.crashes + #r.missing
  redis.call('HSET', q.jobs, id, record)
  if strikes >= limit then return record, 'crash-open' end
  if strikes > 0 and strikes == limit - 1 then return record, 'crashed' end
  line_up(q, id, priority_of(record), true)
  return record
end
