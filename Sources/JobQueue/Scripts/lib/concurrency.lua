-- concurrency.lua: concurrency slots: at most `cap_limit` running jobs of a concurrency key; further ones are parked.
-- Includes queue, unique
-- Returns  nothing by itself
-- Cost     of each function O(running jobs of the key + log n)
-- Atomic because it runs within the script that includes it.
-- Deletes the note that a job was made ready for a free slot of its key.
local function forget_next(q, id, key)
  if redis.call('HGET', q.locks, 'n:' .. key) == id then redis.call('HDEL', q.locks, 'n:' .. key) end
end

-- Takes a slot for a job, or parks it.
local function take_slot(q, id, options)
  forget_next(q, id, options.cap)
  local field, count = 'c:' .. options.cap, 0
  local running = redis.call('HGET', q.locks, field) or ''
  for _ in string.gmatch(running, '%S+') do count = count + 1 end
  if count >= (options.cap_limit or 1) then
    park(q, id, 'cap=' .. options.cap)
    return false
  end
  redis.call('HSET', q.locks, field, running == '' and id or running .. ' ' .. id)
  return true
end

-- Pushes the oldest job that is parked for a key to the front of the ready list.
local function admit_next(q, key)
  local id = unpark_oldest(q, 'cap=' .. key, 1)[1]
  if not id then return false end
  redis.call('HSET', q.locks, 'n:' .. key, id)
  push_ready(q, id, priority_of(redis.call('HGET', q.jobs, id)), true)
  notify_worker(q)
  return true
end

local function release_slot(q, id, key)
  local field, rest = 'c:' .. key, {}
  for other in string.gmatch(redis.call('HGET', q.locks, field) or '', '%S+') do
    if other ~= id then rest[#rest + 1] = other end
  end
  if #rest == 0 then redis.call('HDEL', q.locks, field)
  else redis.call('HSET', q.locks, field, table.concat(rest, ' ')) end
  admit_next(q, key)
end

-- Takes the concurrency slot of a job that is about to run, and marks its unique key. Returns false when the job was
-- parked instead.
local function start_locks(q, id, options)
  if options.cap and not take_slot(q, id, options) then return false end
  if options.unique then start_unique(q, id, options) end
  return true
end

-- Releases the concurrency slot of a job that stopped running; with `waits` it is not finished and keeps its unique
-- key.
local function stop_locks(q, id, options, waits)
  if options.cap then release_slot(q, id, options.cap) end
  if options.unique and waits then stop_unique(q, id, options) end
end

-- Releases what a deleted job holds, however long its unique key was to be kept.
local function release_deleted(q, id, record)
  local options = record and locks_of(record)
  if not options then return end
  if options.cap then forget_next(q, id, options.cap) end
  if options.unique and unique_holder(q, options.unique) == id then release_unique(q, options.unique) end
end
