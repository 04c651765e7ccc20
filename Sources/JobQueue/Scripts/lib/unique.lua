-- unique.lua: unique locks: at most one unfinished job for each unique key; a key may be kept after its job finished.
-- Includes queue
-- Returns  nothing by itself
-- Cost     of each function O(log n)
-- Atomic because it runs within the script that includes it.
local function unique_holder(q, key)
  local held = redis.call('HGET', q.locks, 'u:' .. key)
  if not held then return nil end
  local till, id, running = string.match(held, '^(%d+) (%S+)(.*)$')
  return id, tonumber(till), running == ' r', running == ' u'
end

local function lock_unique(q, key, till, id, running, undone)
  redis.call('HSET', q.locks, 'u:' .. key,
    string.format('%.0f', till) .. ' ' .. id .. (running and ' r' or undone and ' u' or ''))
end

local function release_unique(q, key)
  redis.call('HDEL', q.locks, 'u:' .. key)
  redis.call('ZREM', q.expiring, 'u:' .. key)
end

-- The job that holds a unique key against all others: one that is not finished, or one whose key is kept for a time. A
-- job that was deleted holds it only if it did its work. Also its record, its state, and whether it has started.
local function unique_rival(q, key, now)
  local holder, till, running, undone = unique_holder(q, key)
  local theirs = holder and redis.call('HGET', q.jobs, holder)
  local code = state_code(theirs)
  if is_unfinished(code) or holder and till > now and (theirs or not undone) then
    return holder, theirs, code, running
  end
end

-- Called when a job has started: with `coalesce` its key is free from now on, else the key is marked as running.
local function start_unique(q, id, options)
  local holder, till = unique_holder(q, options.unique)
  if holder ~= id then return end
  if options.coalesce then redis.call('HDEL', q.locks, 'u:' .. options.unique)
  else lock_unique(q, options.unique, till, id, true) end
end

-- Called when a running job goes back to waiting.
local function stop_unique(q, id, options)
  local holder, till = unique_holder(q, options.unique)
  if holder == id then lock_unique(q, options.unique, till, id, false)
  elseif not holder then lock_unique(q, options.unique, options.unique_until_ms or 0, id, false) end
end

-- Called when a job finished: its key is freed, or kept until its time is over.
local function finish_unique(q, id, options, record, now)
  local holder, till = unique_holder(q, options.unique)
  if holder ~= id then return end
  if till <= now then release_unique(q, options.unique)
  elseif state_code(record) ~= SUCCEEDED then lock_unique(q, options.unique, till, id, false, true) end
end

-- Gives the record of a new job to the job that holds its key and has not started.
local function coalesce_into(q, holder, record, now)
  redis.call('HSET', q.jobs, holder, with_event(record, event_json(string.format('%.0f', now), 'coalesced')))
  redis.call('HINCRBY', q.meta, 'coalesced', 1)
  return holder .. ' coalesced'
end

-- Stores a new job's record: 1 accepted, the caller gives it a place; 0 its id exists already; '<id>' that job has its
-- unique key; '<id> coalesced' that job, which has not started, took this job's record. `coalesce` allows that for any
-- job with a unique key (true) or none (false); nil follows the job's options.
local function accept(q, id, record, now, coalesce)
  local options = locks_of(record)
  local key = options and options.unique
  if key and redis.call('HEXISTS', q.jobs, id) == 0 then
    local holder, theirs, code, running = unique_rival(q, key, now)
    if coalesce == nil then coalesce = options.coalesce end
    -- A child stays the child of its parent, or the parent would wait for ever.
    local parent = coalesce and code == LIVE and (locks_of(theirs) or {}).batch
    if coalesce and code == LIVE and not running and (not parent or parent == options.batch) then
      return coalesce_into(q, holder, record, now)
    end
    if holder then return holder end
  end
  if redis.call('HSETNX', q.jobs, id, record) == 0 then return 0 end
  if key then
    lock_unique(q, key, options.unique_until_ms or 0, id, false)
    if options.unique_until_ms then redis.call('ZADD', q.expiring, options.unique_until_ms, 'u:' .. key) end
  end
  redis.call('HINCRBY', q.meta, 'enqueued', 1)
  return 1
end
