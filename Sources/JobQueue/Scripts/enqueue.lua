-- enqueue.lua: accepts new jobs into one queue, all of them or none.
-- KEYS[1...13]  the queue's keys, as in links.lua
-- ARGV[1]  now, unix ms
-- ARGV[2]  number of jobs, 1 to 1000; then four values for each:
--          job id, record, priority, due time in unix ms (0: now)
-- Returns  for each job 1 accepted, 0 a job of this id exists already and nothing was changed for it, '<id>' a job with
--          its unique key is there, '~<id>' that job has taken its arguments; or {'full', waiting, limit} and nothing
--          was changed
-- Cost     O(jobs), and O(log n) for each scheduled or prioritised one; as many again for those that make room
-- Atomic because a crash between the record and the list would leave a job in no state.
local q = queue_at(1)
local now, count = tonumber(ARGV[1]), tonumber(ARGV[2])

local function drop(id)
  local record = redis.call('HGET', q.jobs, id)
  local mark = record and string.sub(record, 2, 2)
  if mark == 'w' then
    local final = ended(record, 'E', ARGV[1], '{"at":' .. ARGV[1] .. ',"event":"dropped","detail":"the queue is full"}')
    redis.call('HSET', q.jobs, id, final)
    redis.call('LPUSH', q.done, id)
    redis.call('HINCRBY', q.meta, 'expired', 1)
    redis.call('HINCRBY', q.meta, 'dropped', 1)
    local options = links_of(final)
    if options then end_links(q, id, options, final, now) end
    return 1
  end
  if mark then
    redis.call('HSET', q.jobs, id, '1C' .. string.sub(record, 3))
    redis.call('LPUSH', q.done, id)
    redis.call('HINCRBY', q.meta, 'tombstones', -1)
  end
  return 0
end

local settings = redis.call('HMGET', q.meta, 'max_waiting', 'when_full', 'tombstones')
local most, force = tonumber(settings[1] or ''), false
if most then
  local new = 0
  for i = 1, count do
    local id, record = ARGV[4 * i - 1], ARGV[4 * i]
    local options = links_of(record)
    local holder, till = nil, 0
    if options and options.unique then holder, till = unique_holder(q, options.unique) end
    local theirs = holder and redis.call('HGET', q.jobs, holder)
    local mark = theirs and string.sub(theirs, 2, 2)
    if redis.call('HEXISTS', q.jobs, id) == 0 and not (mark == 'w' or mark == 'W' or till > now) then new = new + 1 end
  end
  local inline = redis.call('LLEN', q.ready) + redis.call('ZCARD', q.ranked) - tonumber(settings[3] or '0')
  local waiting = inline + redis.call('ZCARD', q.scheduled)
  local over = waiting + new - most
  if over > 0 then
    force = settings[2] == 'coalesce'
    if new > 0 and (settings[2] ~= 'drop-oldest' or new > most or over > inline) then
      return {'full', waiting, most}
    end
    if new > 0 then
      local dropped = 0
      while dropped < over do
        local id = redis.call('LPOP', q.ready) or redis.call('ZPOPMAX', q.ranked)[1]
        if not id then break end
        dropped = dropped + drop(id)
      end
    end
  end
end

local answer, plain, accepted = {}, {}, 0
for i = 1, count do
  local id, priority, due = ARGV[4 * i - 1], tonumber(ARGV[4 * i + 1]), tonumber(ARGV[4 * i + 2])
  local got = accept(q, id, ARGV[4 * i], now, force)
  answer[i] = got
  if got == 1 then
    accepted = accepted + 1
    if due > now or priority ~= 0 then place(q, id, priority, due, now) else plain[#plain + 1] = id end
  end
end
if #plain > 0 then redis.call('RPUSH', q.ready, unpack(plain)) end
if accepted > 0 and redis.call('LLEN', q.wake) < math.min(accepted, 64) then
  redis.call('RPUSH', q.wake, '1')
  redis.call('PEXPIRE', q.wake, 60000)
end
return answer
