-- links.lua: functions that scripts share, put before them: places in line, unique keys, capped keys, waiting parents.
-- A queue's keys come as one block of thirteen, in this order:
--   jobs      hash  job id -> record
--   ready     list  ready jobs of ordinary priority, oldest first
--   ranked    zset  ready jobs of another priority: job id -> minus priority
--   scheduled, retrying  zset  job id -> due time, unix ms
--   dead      zset  job id -> time of death, unix ms
--   done      list  finished jobs, newest first
--   meta      hash  counters and settings
--   wake      list  wake-up calls for idle workers
--   links     hash  'u:<unique key>' -> '<until, unix ms> <job id>[ r| u]' (r: it has begun; u: it is over and has not
--                   done its work); 'c:<capped key>' -> ids
--                   that run, with blanks between; 'n:<capped key>' -> the one put back in line that has not begun;
--                   'a:<job id>' -> its member of aside; '#seq' -> the last number
--   aside     zset  jobs in no line, all scores 0: '<reason> <number> <job id>'; the reason is 'cap=<key>' (too many of
--                   this key run), 'crashed' (its next crash would be its last), 'crash-open' (whether that crash
--                   has been is open, see blame.lua), 'kind=<kind>@<version>' (no worker knows it) or 'batch' (it
--                   waits for its children)
--   notices   list  children that are over: '<parent's queue>/<parent's id> TAB child TAB mark TAB outcome'
--   expiring  zset  'u:<unique key>' -> until when it is kept, unix ms
-- Returns  nothing by itself
-- Cost     of each function O(1) or O(log n), unless it says more
-- Atomic because it runs within the script that it is put before.
local function queue_at(first)
  return {
    jobs = KEYS[first], ready = KEYS[first + 1], ranked = KEYS[first + 2], scheduled = KEYS[first + 3],
    retrying = KEYS[first + 4], dead = KEYS[first + 5], done = KEYS[first + 6], meta = KEYS[first + 7],
    wake = KEYS[first + 8], links = KEYS[first + 9], aside = KEYS[first + 10], notices = KEYS[first + 11],
    expiring = KEYS[first + 12],
  }
end

-- What a record says of unique keys, capped keys and a waiting parent; nil when it says nothing of them.
local function links_of(record)
  local at = string.find(record, '\n', 1, true)
  if not at or string.byte(record, at + 1) == 10 then return nil end
  local line = string.sub(record, at + 1, (string.find(record, '\n', at + 1, true) or 0) - 1)
  if not (string.find(line, '"unique":', 1, true) or string.find(line, '"cap":', 1, true)
    or string.find(line, '"batch":', 1, true)) then return nil end
  local fine, options = pcall(cjson.decode, line)
  return fine and type(options) == 'table' and options or nil
end

local function priority_of(record) return tonumber(string.match(record or '', '^1.(-?%d+)\t') or '0') end

local function line_up(q, id, priority, first)
  if priority ~= 0 then redis.call('ZADD', q.ranked, -priority, id)
  else redis.call(first and 'LPUSH' or 'RPUSH', q.ready, id) end
end

local function call_one(q)
  if redis.call('LLEN', q.wake) < 64 then
    redis.call('RPUSH', q.wake, '1')
    redis.call('PEXPIRE', q.wake, 60000)
  end
end

local function call_several(q, jobs)
  for _ = redis.call('LLEN', q.wake) + 1, math.min(jobs, 64) do redis.call('RPUSH', q.wake, '1') end
  if jobs > 0 then redis.call('PEXPIRE', q.wake, 60000) end
end

-- Notes ends of attempts in the slot of ten seconds that `now` is in.
local function note_ends(q, now, good, bad)
  local slot = math.floor(now / 10000)
  local window = 'window:' .. slot % 8
  local at, well, badly = string.match(redis.call('HGET', q.meta, window) or '', '^(%d+) (%d+) (%d+)$')
  if tonumber(at) ~= slot then well, badly = 0, 0 end
  redis.call('HSET', q.meta, window, slot .. ' ' .. well + good .. ' ' .. badly + bad)
end

-- A record with another mark, finished at `now`; `event` goes before its events, `outcome` replaces the old one.
local function ended(record, mark, now, event, outcome)
  local head, started, worker, options, events, old, payload = string.match(record,
    '^1.([^\t]*\t[^\t]*\t%d+\t%d+\t%d*)\t(%d*)\t%d*\t([^\n]*)\n([^\n]*)\n([^\n]*)\n([^\n]*)\n(.*)$')
  if not head then return '1' .. mark .. string.sub(record, 3) end
  if event then events = events == '' and event or event .. ',' .. events end
  return '1' .. mark .. head .. '\t' .. started .. '\t' .. now .. '\t' .. worker .. '\n' .. options .. '\n' .. events
    .. '\n' .. (outcome or old) .. '\n' .. payload
end

local function set_aside(q, id, reason)
  local member = reason .. ' ' .. string.format('%012d', redis.call('HINCRBY', q.links, '#seq', 1)) .. ' ' .. id
  redis.call('ZADD', q.aside, 0, member)
  redis.call('HSET', q.links, 'a:' .. id, member)
end

-- Takes a job out of aside; the reason for which it was there, or nil.
local function take_aside(q, id)
  local member = redis.call('HGET', q.links, 'a:' .. id)
  if not member then return nil end
  redis.call('ZREM', q.aside, member)
  redis.call('HDEL', q.links, 'a:' .. id)
  return string.match(member, '^(%S+) ')
end

-- The oldest jobs that are aside for a reason, taken out; at most `limit`.
local function take_oldest(q, reason, limit)
  local members = redis.call('ZRANGEBYLEX', q.aside, '[' .. reason .. ' ', '(' .. reason .. '!', 'LIMIT', 0, limit)
  local ids, fields = {}, {}
  for i = 1, #members do
    ids[i] = string.match(members[i], ' (%S+)$')
    fields[i] = 'a:' .. ids[i]
  end
  if #ids > 0 then
    redis.call('ZREM', q.aside, unpack(members))
    redis.call('HDEL', q.links, unpack(fields))
  end
  return ids
end

local function unique_holder(q, key)
  local held = redis.call('HGET', q.links, 'u:' .. key)
  if not held then return nil end
  local till, id, running = string.match(held, '^(%d+) (%S+)(.*)$')
  return id, tonumber(till), running == ' r', running == ' u'
end

local function hold_unique(q, key, till, id, running, undone)
  redis.call('HSET', q.links, 'u:' .. key,
    string.format('%.0f', till) .. ' ' .. id .. (running and ' r' or undone and ' u' or ''))
end

-- Who holds a unique key so that no other job may have it: one that lives, or one whose key is kept for a time. Of one
-- that is forgotten, only when it has done its work. Then also its record and whether it has begun.
local function unique_rival(q, key, now)
  local holder, till, running, undone = unique_holder(q, key)
  local theirs = holder and redis.call('HGET', q.jobs, holder)
  local mark = theirs and string.sub(theirs, 2, 2)
  if mark == 'w' or mark == 'W' or holder and till > now and (theirs or not undone) then
    return holder, theirs, mark, running
  end
end

-- Forgets that a job is the next of its capped key.
local function begin_next(q, id, key)
  if redis.call('HGET', q.links, 'n:' .. key) == id then redis.call('HDEL', q.links, 'n:' .. key) end
end

-- Whether a job may run now as far as its capped key goes; where it may not, it is set aside. Notes that it runs.
local function may_run(q, id, options)
  if options.cap then
    begin_next(q, id, options.cap)
    local field, count = 'c:' .. options.cap, 0
    local running = redis.call('HGET', q.links, field) or ''
    for _ in string.gmatch(running, '%S+') do count = count + 1 end
    if count >= (options.cap_limit or 1) then
      set_aside(q, id, 'cap=' .. options.cap)
      return false
    end
    redis.call('HSET', q.links, field, running == '' and id or running .. ' ' .. id)
  end
  if options.unique then
    local holder, till = unique_holder(q, options.unique)
    if holder == id and options.coalesce then redis.call('HDEL', q.links, 'u:' .. options.unique)
    elseif holder == id then hold_unique(q, options.unique, till, id, true) end
  end
  return true
end

-- Puts the next job of a capped key first in line.
local function admit_next(q, key)
  local id = take_oldest(q, 'cap=' .. key, 1)[1]
  if not id then return false end
  redis.call('HSET', q.links, 'n:' .. key, id)
  line_up(q, id, priority_of(redis.call('HGET', q.jobs, id)), true)
  call_one(q)
  return true
end

-- Notes that a job runs no more; it goes on to live when `lives`.
local function stop_running(q, id, options, lives)
  if options.cap then
    local field, rest = 'c:' .. options.cap, {}
    for other in string.gmatch(redis.call('HGET', q.links, field) or '', '%S+') do
      if other ~= id then rest[#rest + 1] = other end
    end
    if #rest == 0 then redis.call('HDEL', q.links, field)
    else redis.call('HSET', q.links, field, table.concat(rest, ' ')) end
    admit_next(q, options.cap)
  end
  if options.unique and lives then
    local holder, till = unique_holder(q, options.unique)
    if holder == id then hold_unique(q, options.unique, till, id, false)
    elseif not holder then hold_unique(q, options.unique, options.unique_until_ms or 0, id, false) end
  end
end

local function release_unique(q, key)
  redis.call('HDEL', q.links, 'u:' .. key)
  redis.call('ZREM', q.expiring, 'u:' .. key)
end

-- Gives up what a job held while it lived, and tells the parent that waits for it. `record` is the final one.
local function end_links(q, id, options, record, now)
  if options.cap then begin_next(q, id, options.cap) end
  if options.unique then
    local holder, till = unique_holder(q, options.unique)
    if holder == id and till <= now then release_unique(q, options.unique)
    elseif holder == id and string.sub(record, 2, 2) ~= 'S' then
      hold_unique(q, options.unique, till, id, false, true)
    end
  end
  if options.batch then
    local outcome = string.match(record, '^[^\n]*\n[^\n]*\n[^\n]*\n([^\n]*)\n') or ''
    redis.call('RPUSH', q.notices, options.batch .. '\t' .. id .. '\t' .. string.sub(record, 2, 2) .. '\t' .. outcome)
  end
end

-- A job that people remove holds nothing, however long its unique key was to be kept.
local function release_removed(q, id, record)
  local options = record and links_of(record)
  if not options then return end
  if options.cap then begin_next(q, id, options.cap) end
  if options.unique and unique_holder(q, options.unique) == id then release_unique(q, options.unique) end
end

-- Stores a new job's record: 1 accepted, and still to be put in line; 0 its id is known; '<id>' a job with its unique
-- key is there; '<id> coalesced' that job, which has not started, does now what this one would have done. `coalesce`
-- lets any job with a unique key do that (true) or none (false); nil leaves it to the job.
local function accept(q, id, record, now, coalesce)
  local options = links_of(record)
  local key = options and options.unique
  if key and redis.call('HEXISTS', q.jobs, id) == 0 then
    local holder, theirs, mark, running = unique_rival(q, key, now)
    if coalesce == nil then coalesce = options.coalesce end
    -- A job that another one waits for remains what it is, or that one would wait for ever.
    local parent = coalesce and mark == 'w' and (links_of(theirs) or {}).batch
    if coalesce and mark == 'w' and not running and (not parent or parent == options.batch) then
      local first, events, rest = string.match(record, '^([^\n]*\n[^\n]*\n)([^\n]*)(\n.*)$')
      local event = '{"at":' .. string.format('%.0f', now) .. ',"event":"coalesced"}'
      redis.call('HSET', q.jobs, holder, first .. event .. (events == '' and '' or ',' .. events) .. rest)
      redis.call('HINCRBY', q.meta, 'coalesced', 1)
      return holder .. ' coalesced'
    end
    if holder then return holder end
  end
  if redis.call('HSETNX', q.jobs, id, record) == 0 then return 0 end
  if key then
    hold_unique(q, key, options.unique_until_ms or 0, id, false)
    if options.unique_until_ms then redis.call('ZADD', q.expiring, options.unique_until_ms, 'u:' .. key) end
  end
  redis.call('HINCRBY', q.meta, 'enqueued', 1)
  return 1
end

-- Forgets the oldest finished jobs above a number, at most 512.
local function forget_surplus(q, keep)
  local surplus = redis.call('LLEN', q.done) - keep
  if surplus > 0 then redis.call('HDEL', q.jobs, unpack(redis.call('RPOP', q.done, math.min(surplus, 512)))) end
end

local function place(q, id, priority, due, now)
  if due > now then redis.call('ZADD', q.scheduled, due, id) else line_up(q, id, priority, false) end
end

-- Whether `claim` is the one that the fence was handed out with.
local function holds(claim, fence) return claim and string.match(claim, '^%d+') == fence end

-- Cancels a job that waits, wherever it does. `now` is a text; `why` goes into its events, nil for nothing.
-- Returns the reason for which it was aside, or nil.
local function cancel_waiting(q, id, record, now, why)
  local event = why and '{"at":' .. now .. ',"event":"cancelled","detail":"' .. why .. '"}'
  local final = ended(record, 'C', now, event)
  redis.call('HINCRBY', q.meta, 'cancelled', 1)
  local reason = take_aside(q, id)
  if reason or redis.call('ZREM', q.scheduled, id) + redis.call('ZREM', q.retrying, id) > 0 then
    redis.call('HSET', q.jobs, id, final)
    redis.call('LPUSH', q.done, id)
  else
    redis.call('HSET', q.jobs, id, '1c' .. string.sub(final, 3))
    redis.call('HINCRBY', q.meta, 'tombstones', 1)
  end
  local options = links_of(final)
  if options then end_links(q, id, options, final, tonumber(now)) end
  return reason
end

-- Asks the worker whose claims are in `running` to stop a job.
local function request_cancel(running, id, channel, message)
  local claim = redis.call('HGET', running, id)
  if string.sub(claim, -7) ~= ' cancel' then redis.call('HSET', running, id, claim .. ' cancel') end
  redis.call('PUBLISH', channel, message)
end
