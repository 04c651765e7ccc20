-- enqueue.lua: accepts new jobs into one queue, all of them or none.
-- Includes batch
-- KEYS[1...13]  the queue's keys, as in queue.lua
-- ARGV[1]  now, unix ms
-- ARGV[2]  how many finished jobs are kept
-- ARGV[3]  number of jobs, 1 to 1000; then four values for each:
--          job id, record, priority, due time in unix ms (0: now)
-- Returns  for each job 1 accepted, 0 a job of this id exists already and nothing was changed for it, '<id>' that job
--          has its unique key, '<id> coalesced' that job has taken its arguments; or {{waiting, limit}}: the queue is
--          full, and nothing was changed
-- Cost     O(jobs), and O(log n) for each scheduled or prioritised one; as many again for jobs that are dropped to
--          make room
-- Atomic because a crash between the record and the list would leave a job in no state.
local q = queue_at(1)
local now, keep, count = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])

-- How many of the jobs would count towards the limit.
local function count_new()
  local ids, keys, new = {}, {}, 0
  for i = 1, count do
    local id, options = ARGV[4 * i], locks_of(ARGV[4 * i + 1])
    local key = options and options.unique
    local is_new = not ids[id] and not (key and keys[key]) and redis.call('HEXISTS', q.jobs, id) == 0
    if is_new and key then
      keys[key] = true
      is_new = not unique_rival(q, key, now)
    end
    if is_new then
      ids[id] = true
      new = new + 1
    end
  end
  return new
end

local function drop(id)
  local record = redis.call('HGET', q.jobs, id)
  local code = state_code(record)
  if code == LIVE then
    local final = finish_record(record, EXPIRED, ARGV[1],
      event_json(ARGV[1], 'dropped', 'detail', 'the queue is full'))
    redis.call('HSET', q.jobs, id, final)
    redis.call('LPUSH', q.done, id)
    redis.call('HINCRBY', q.meta, 'expired', 1)
    redis.call('HINCRBY', q.meta, 'dropped', 1)
    local options = locks_of(final)
    if options then finish_locks(q, id, options, final, now) end
    return 1
  end
  if code then
    redis.call('HSET', q.jobs, id, with_state(record, CANCELLED))
    redis.call('LPUSH', q.done, id)
    redis.call('HINCRBY', q.meta, 'tombstones', -1)
  end
  return 0
end

-- Drops the oldest ready jobs until `over` are dropped. Returns how many were.
local function make_room(over)
  local dropped = 0
  while dropped < over do
    local id = redis.call('LPOP', q.ready) or redis.call('ZPOPMAX', q.ranked)[1]
    if not id then break end
    dropped = dropped + drop(id)
  end
  return dropped
end

local settings = redis.call('HMGET', q.meta, 'max_waiting', 'when_full', 'tombstones')
local most, coalesce = tonumber(settings[1] or ''), nil
if most then
  local inline = redis.call('LLEN', q.ready) + redis.call('ZCARD', q.ranked) - tonumber(settings[3] or '0')
  local waiting, new = inline + redis.call('ZCARD', q.scheduled), count_new()
  if settings[2] == 'coalesce' and waiting >= most then coalesce = true end
  local over = waiting + new - most
  if new > 0 and over > 0 then
    if settings[2] ~= 'drop-oldest' or new > most or over > inline then return {{waiting, most}} end
    while over > 0 do
      local dropped = make_room(over)
      if dropped == 0 then break end
      waiting = waiting - dropped
      -- A dropped job may have held a unique key: a new job with that key now counts towards the limit.
      over = waiting + count_new() - most
    end
    trim_done(q, keep)
  end
end

local answer, plain, accepted = {}, {}, 0

-- Whether all of them are jobs without locks, accepted with one call for all.
local function accept_together()
  local ids, fields, seen = {}, {}, {}
  for i = 1, count do
    if locks_of(ARGV[4 * i + 1]) then return false end
    ids[i] = ARGV[4 * i]
  end
  local known = redis.call('HMGET', q.jobs, unpack(ids))
  for i = 1, count do
    answer[i] = (known[i] or seen[ids[i]]) and 0 or 1
    if answer[i] == 1 then
      seen[ids[i]] = true
      fields[#fields + 1] = ids[i]
      fields[#fields + 1] = ARGV[4 * i + 1]
    end
  end
  if #fields > 0 then
    redis.call('HSET', q.jobs, unpack(fields))
    redis.call('HINCRBY', q.meta, 'enqueued', #fields / 2)
  end
  return true
end

local together = accept_together()
for i = 1, count do
  local id, priority, due = ARGV[4 * i], tonumber(ARGV[4 * i + 2]), tonumber(ARGV[4 * i + 3])
  if not together then answer[i] = accept(q, id, ARGV[4 * i + 1], now, coalesce) end
  if answer[i] == 1 then
    accepted = accepted + 1
    if due > now or priority ~= 0 then schedule(q, id, priority, due, now) else plain[#plain + 1] = id end
  end
end
if #plain > 0 then redis.call('RPUSH', q.ready, unpack(plain)) end
if accepted > 0 and redis.call('LLEN', q.wake) < math.min(accepted, 64) then
  redis.call('RPUSH', q.wake, '1')
  redis.call('PEXPIRE', q.wake, 60000)
end
return answer
