-- restore_jobs.lua: puts the jobs that an operator's change has moved or removed back where they were, if every one of
-- them still is where the change left it.
-- Includes bin
-- KEYS[1...13]  the queue's keys, as in queue.lua
-- KEYS[14...26]  the keys of the queue that a replacement went to, mostly the same queue, as in queue.lua
-- KEYS[27]  zset  the bin: '<operation> <number> <job id>', all scores 0
-- KEYS[28]  hash  the bin: member -> the job as it was, JSON as fill_bin of bin.lua writes it
-- ARGV[1]  the operation
-- ARGV[2]  how many jobs at the most, 1 to 512
-- Returns  {'restored', jobs}; {'moved', job id, why it cannot go back}: nothing was changed; {'gone'}: the bin holds
--          no job of it
-- Cost     O(jobs log n); a job in the ready list is looked for among the 10 000 at each end
-- Atomic because a worker could take a job between the look and the move.
local operation, bin, binned = ARGV[1], KEYS[27], KEYS[28]
local queues = {queue_at(1), queue_at(14)}
local REACH = 10000

local function is_in_line(q, id)
  return redis.call('LPOS', q.ready, id, 'RANK', -1, 'MAXLEN', REACH) and -1
    or redis.call('LPOS', q.ready, id, 'MAXLEN', REACH) and 1 or nil
end

-- Whether a job with the record that the change left is in the place that it left it in.
local function is_there(q, item, record)
  local place = item.next
  if place == 'done' or place == 'ready' and state_code(record) ~= LIVE then return true end
  if place == 'ready' then return is_in_line(q, item.id) end
  if place == 'parked' then return redis.call('HEXISTS', q.locks, 'a:' .. item.id) == 1 end
  return redis.call('ZSCORE', q[place], item.id)
end

-- Why a job cannot go back; nil when it can.
local function obstacle(q, item)
  local record = redis.call('HGET', q.jobs, item.id)
  if item.next == 'none' then
    if record then return 'a job of that id is there again' end
  elseif not record then return 'it is not remembered any more'
  elseif redis.sha1hex(record) ~= item.digest or not is_there(q, item, record) then
    return 'it has run, or was changed since'
  end
  local options = item.record and is_unfinished(state_code(item.record)) and locks_of(item.record)
  local holder = options and options.unique and unique_holder(q, options.unique)
  if holder and holder ~= item.id and is_unfinished(state_code(redis.call('HGET', q.jobs, holder))) then
    return 'job ' .. holder .. ' holds its unique key'
  end
end

-- Notes how the job is now, so that this change can be undone too.
local function note_now(q, item)
  local record, at, counts = redis.call('HGET', q.jobs, item.id), '', {}
  if item.next == 'ready' then at = 'tail'
  elseif item.next == 'parked' then at = redis.call('HGET', q.locks, 'a:' .. item.id)
  elseif item.next ~= 'done' and item.next ~= 'none' then at = redis.call('ZSCORE', q[item.next], item.id) end
  for name, by in pairs(item.counts or {}) do counts[name] = -by end
  note_move(q, item.id, record, item.next, at, item.place, counts, item.other)
end

local function take(q, id, place)
  if place == 'ready' then redis.call('LREM', q.ready, is_in_line(q, id) or 1, id)
  elseif place == 'parked' then unpark(q, id)
  elseif place == 'done' then redis.call('LREM', q.done, 1, id)
  elseif place ~= 'none' then redis.call('ZREM', q[place], id) end
end

-- Jobs of the ready list are put there at the end, in their order.
local function put(q, item, heads, tails)
  if item.place == 'ready' then
    local list = item.at == 'head' and heads or tails
    list[#list + 1] = {q, item.id}
  elseif item.place == 'parked' then
    redis.call('ZADD', q.parked, 0, item.at)
    redis.call('HSET', q.locks, 'a:' .. item.id, item.at)
  elseif item.place == 'done' then redis.call('LPUSH', q.done, item.id)
  elseif item.place ~= 'none' then redis.call('ZADD', q[item.place], item.at, item.id) end
end

-- Gives a job the lock of its unique key that it had, or takes the one that the change gave it.
local function restore_lock(q, item, left)
  local options = locks_of(item.record or left or '')
  local key = options and options.unique
  local holder = key and unique_holder(q, key)
  if not key or holder and holder ~= item.id and not (item.lock and is_unfinished(state_code(item.record))) then
    return
  end
  if item.lock then
    local till = string.match(item.lock, '^%d+')
    redis.call('HSET', q.locks, 'u:' .. key, item.lock)
    if till ~= '0' then redis.call('ZADD', q.expiring, till, 'u:' .. key) end
  elseif holder then release_unique(q, key) end
end

local function restore(q, item, heads, tails)
  local left = redis.call('HGET', q.jobs, item.id)
  if item.place ~= item.next then
    take(q, item.id, item.next)
    put(q, item, heads, tails)
  end
  restore_lock(q, item, left)
  if item.record then redis.call('HSET', q.jobs, item.id, item.record) else redis.call('HDEL', q.jobs, item.id) end
  for name, by in pairs(item.counts or {}) do redis.call('HINCRBY', q.meta, name, -by) end
end

local members = redis.call('ZRANGEBYLEX', bin, '[' .. operation .. ' ', '(' .. operation .. '!', 'LIMIT', 0, ARGV[2])
if #members == 0 then return {'gone'} end
local items, heads, tails = {}, {}, {}
for i, member in ipairs(members) do
  local item = cjson.decode(redis.call('HGET', binned, member))
  item.id = string.match(member, ' (%S+)$')
  local why = obstacle(queues[item.other and 2 or 1], item)
  if why then return {'moved', item.id, why} end
  items[i] = item
end
-- In the order in which the change noted them.
for _, item in ipairs(items) do note_now(queues[item.other and 2 or 1], item) end
-- The last one first: a replacement gives its unique key up before the job that it replaced takes it.
for i = #items, 1, -1 do restore(queues[items[i].other and 2 or 1], items[i], heads, tails) end
for _, job in ipairs(heads) do redis.call('LPUSH', job[1].ready, job[2]) end
for i = #tails, 1, -1 do redis.call('RPUSH', tails[i][1].ready, tails[i][2]) end
if #heads + #tails > 0 then for _, q in ipairs(queues) do notify_worker(q) end end
return {'restored', #items}
