-- release_fused.lua: removes fuses whose time is over, and releases jobs whose fuse is gone: of each fuse a few in the
-- first step, and twice as many in each one after it.
-- Includes fuse
-- KEYS[1...13]  the queue's keys, as in queue.lua
-- KEYS[14] hash  the fuses of the queue, as in fuse.lua
-- ARGV[1]  now, unix ms
-- ARGV[2]  how many jobs of a fuse the first step releases
-- ARGV[3]  how many a step releases at the most, 1 to 256
-- ARGV[4]  how long after a step the next one comes at the earliest, ms
-- Returns  how many jobs were released
-- Cost     O(fuses + jobs log n in the parked jobs); at most 64 fuses a call
-- Atomic because a job that is unparked and not made ready would be lost.
local q, key, now = queue_at(1), KEYS[14], tonumber(ARGV[1])

local function remove_ended()
  local removed = false
  for _, fuse in ipairs(all_fuses(key)) do
    if fuse_end(key, fuse.id, now) <= now then
      redis.call('HDEL', key, 'f:' .. fuse.id, 't:' .. fuse.id)
      removed = true
    end
  end
  if removed then list_kinds(key) end
end

-- Makes a job ready. One that has crashed goes to those that are handed out one by one.
local function release(id)
  local record = redis.call('HGET', q.jobs, id)
  if state_code(record) ~= LIVE then return end
  local parts = unpack_record(record)
  if parts and parts.crashes > 0 then park(q, id, 'crashed') else push_ready(q, id, priority_of(record), false) end
end

-- One step of the release of a fuse's jobs. Returns how many.
local function step(id)
  local field = 'r:' .. id
  local count, last = string.match(redis.call('HGET', key, field) or '', '^(%d+) (%d+)$')
  count = math.min(tonumber(count or ARGV[2]), tonumber(ARGV[3]))
  -- A step in the future was written by a clock that has been set back.
  if last and now >= tonumber(last) and now - tonumber(last) < tonumber(ARGV[4]) then return 0 end
  local ids = unpark_oldest(q, 'fuse=' .. id, count)
  for i = 1, #ids do release(ids[i]) end
  redis.call('HSET', key, field, count * 2 .. ' ' .. ARGV[1])
  return #ids
end

remove_ended()
local released, from = 0, '[fuse='
for _ = 1, 64 do
  local member = redis.call('ZRANGEBYLEX', q.parked, from, '(fuse>', 'LIMIT', 0, 1)[1]
  if not member then break end
  local id = string.match(member, '^fuse=(%S+) ')
  from = '(fuse=' .. id .. '!'
  if redis.call('HEXISTS', key, 'f:' .. id) == 0 then released = released + step(id) end
end
-- A release is over when none of its jobs is left.
for _, field in ipairs(redis.call('HKEYS', key)) do
  local id = string.match(field, '^r:(%S+)$')
  if id and #redis.call('ZRANGEBYLEX', q.parked, '[fuse=' .. id .. ' ', '(fuse=' .. id .. '!', 'LIMIT', 0, 1) == 0 then
    redis.call('HDEL', key, field)
  end
end
notify_workers(q, released)
return released
