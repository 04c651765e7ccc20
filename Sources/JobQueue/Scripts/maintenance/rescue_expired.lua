-- rescue_expired.lua: rescues the jobs of a worker that died, gave its lease up, or let it expire.
-- Includes batch, crash
-- KEYS[1...13]  the queue's keys, as in queue.lua
-- KEYS[14] hash  what that worker was running: job id -> '<fence> <started, unix ms>[ cancel]'
-- KEYS[15] zset  leases: worker -> expiry, unix ms; 0: given up, or being rescued; -1: a supervisor saw it die
-- KEYS[16] zset  vanished: worker -> missing since, unix ms
-- ARGV[1]  worker
-- ARGV[2]  now, unix ms
-- ARGV[3]  crashes after which a job is dead
-- ARGV[4]  '1' a supervisor saw it die, whatever its lease says; else '0'
-- ARGV[5]  how it died, one line
-- ARGV[6]  how long a worker may be missing before that is a crash, ms
-- Returns  {jobs that can run again, jobs made dead, jobs still to be rescued}; nothing changes while the lease holds
-- Cost     O(jobs of the worker), 64 of them moved in a call, the newest first: the oldest are first in the ready list
-- Atomic because a crash between the claim and the new place would lose the job, or give it to two workers.
local q, running, leases, vanished = queue_at(1), KEYS[14], KEYS[15], KEYS[16]
local worker, now, limit, patience = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[6])
local expiry, is_seen = tonumber(redis.call('ZSCORE', leases, worker) or '0'), ARGV[4] == '1'
if expiry > tonumber(now) and not is_seen then return {0, 0, redis.call('HLEN', running)} end
local fields, claims = redis.call('HGETALL', running), {}
for i = 1, #fields, 2 do
  claims[#claims + 1] = {id = fields[i], claim = fields[i + 1], fence = tonumber(string.match(fields[i + 1], '^%d+'))}
end
table.sort(claims, function(a, b)
  if a.fence ~= b.fence then return a.fence > b.fence end
  return a.id > b.id
end)

-- From here on the worker cannot keep its lease any more. First a write that needs no memory, as in extend_lease.lua.
redis.call('ZREM', leases, '')
if #claims > 0 and is_seen then
  redis.call('ZADD', leases, -1, worker)
elseif #claims > 0 and expiry > 0 then
  redis.call('ZADD', leases, 0, worker)
  redis.call('ZADD', vanished, now, worker)
end
-- Leases that it lost before count as crashes now, without further patience.
if is_seen then redis.call('ZADD', vanished, 'XX', tonumber(now) - patience, worker) end
local has_crashed = is_seen or expiry < 0
local is_missing = not has_crashed and redis.call('ZSCORE', vanished, worker)
local rescued, given_up, parked = 0, 0, {}

local function cancel(id, r)
  r.outcome, r.finished = '', now
  local final = pack_record(r, CANCELLED)
  redis.call('HSET', q.jobs, id, final)
  redis.call('LPUSH', q.done, id)
  redis.call('HINCRBY', q.meta, 'cancelled', 1)
  return final
end

local function blame(r)
  resolve_missing(q, r, vanished, now, patience)
  if has_crashed then return count_crash(q, r, now, worker, ARGV[5]) end
  add_event(r, now, 'lease-lost', worker, is_missing and 'no heartbeat; the job goes to another worker'
    or 'its worker gave the lease up')
  redis.call('HINCRBY', q.meta, 'losses', 1)
  if is_missing then r.missing[#r.missing + 1] = worker else r.losses = r.losses + 1 end
end

local function take_back(id, claim)
  local record = redis.call('HGET', q.jobs, id)
  redis.call('HDEL', running, id)
  if not record then return end
  local r = unpack_record(record)
  if not r then
    -- The record has a layout of another version: no worker of this version can run the job, so it is dead and kept for
    -- a version that can.
    redis.call('HSET', q.jobs, id, string.sub(record, 1, 1) .. DEAD .. string.sub(record, 3))
    redis.call('ZADD', q.dead, now, id)
    redis.call('HINCRBY', q.meta, 'died', 1)
    given_up = given_up + 1
    return
  end
  blame(r)
  local is_cancelled = string.sub(claim, -7) == ' cancel'
  local outcome = not is_cancelled and verdict(r, now, limit, has_crashed and ARGV[5] or 'it never came back')
  if is_cancelled or outcome then r.started, r.worker = string.match(claim, '^%d+ (%d+)'), worker end
  local final
  if is_cancelled then final = cancel(id, r)
  elseif outcome then
    final = dead_letter(q, id, r, now, outcome)
    given_up = given_up + 1
  else
    local reason
    final, reason = put_back(q, id, r, limit)
    if reason then parked[#parked + 1] = {id, reason} end
    rescued = rescued + 1
  end
  local options, lives = locks_of(final), not (is_cancelled or outcome)
  if options then
    stop_locks(q, id, options, lives)
    if not lives then finish_locks(q, id, options, final, tonumber(now)) end
  end
end

for i = 1, math.min(#claims, 64) do take_back(claims[i].id, claims[i].claim) end
-- put_back pushes each job in front of the one before, so the oldest ends up first. Parked jobs are taken in the order
-- of parking, so they are parked in reverse.
for i = #parked, 1, -1 do park(q, parked[i][1], parked[i][2]) end
notify_workers(q, rescued)
local left = redis.call('HLEN', running)
if left == 0 then redis.call('ZREM', leases, worker) end
return {rescued, given_up, left}
