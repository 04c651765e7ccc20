-- rescue_expired.lua: takes back the jobs of a worker whose lease has ended.
-- KEYS[1]  zset  leases: worker -> expiry, unix ms
-- KEYS[2]  hash  what that worker was running: job id -> '<fence> <started, unix ms>[ cancel]'
-- KEYS[3]  hash  the queue's jobs: job id -> record
-- KEYS[4]  list  ready jobs of ordinary priority, oldest first
-- KEYS[5]  zset  dead jobs: job id -> time of death, unix ms
-- KEYS[6]  list  finished jobs, newest first
-- KEYS[7]  hash  the queue's counters and settings
-- KEYS[8]  list  wake-up calls for idle workers
-- ARGV[1]  worker
-- ARGV[2]  now, unix ms
-- ARGV[3]  crashes after which a job is given up
-- ARGV[4]  how the worker ended, as a JSON text without the quotes
-- Returns  {jobs made ready, jobs given up, jobs still to be rescued}; nothing is done while the lease holds
-- Cost     O(jobs), about 64 a call
-- Atomic because a crash between the claim and the list would lose the job, or give it to two workers.
local leases, running, jobs, ready, dead, done, meta, wake =
  KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local worker, now, limit = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local expiry = redis.call('ZSCORE', leases, worker)
if expiry and tonumber(expiry) > now then return {0, 0, redis.call('HLEN', running)} end
local claims = redis.call('HRANDFIELD', running, 64, 'WITHVALUES')
local rescued, given_up = 0, 0
for i = 1, #claims, 2 do
  local id, claim = claims[i], claims[i + 1]
  local record = redis.call('HGET', jobs, id)
  redis.call('HDEL', running, id)
  local kind, attempt, crashes, rest, options, events, tail = string.match(record or '',
    '^1.(-?%d+\t[^\t]*)\t(%d+)\t(%d+)\t([^\n]*)\n([^\n]*)\n([^\n]*)\n(.*)$')
  if record and not kind then
    -- Of another version: nobody here can run it, so it waits among the dead for somebody who can.
    redis.call('HSET', jobs, id, string.sub(record, 1, 1) .. 'D' .. string.sub(record, 3))
    redis.call('ZADD', dead, now, id)
    redis.call('HINCRBY', meta, 'died', 1)
    given_up = given_up + 1
  elseif record then
    crashes = tonumber(crashes) + 1
    local event = '{"at":' .. ARGV[2] .. ',"event":"crashed","attempt":' .. attempt + 1 .. ',"worker":"' .. worker
      .. '","detail":"' .. ARGV[4] .. '"}'
    if events ~= '' then event = event .. ',' .. events end
    local enqueued, finished = string.match(rest, '^(%d*)\t%d*\t(%d*)')
    local state = 'w'
    if string.sub(claim, -7) == ' cancel' then state = 'C' elseif crashes >= limit then state = 'D' end
    local head = kind .. '\t' .. attempt .. '\t' .. crashes .. '\t'
    if state == 'w' then
      redis.call('HSET', jobs, id, '1w' .. head .. rest .. '\n' .. options .. '\n' .. event .. '\n' .. tail)
      redis.call('LPUSH', ready, id)
      rescued = rescued + 1
    else
      local started = string.match(claim, '^%d+ (%d+)')
      local body = string.match(tail, '\n(.*)$')
      local outcome = ''
      if state == 'D' then
        outcome = '{"error":{"type":"crash","message":"the worker died with this job ' .. crashes
          .. ' times; last: ' .. ARGV[4] .. '","fingerprint":"crash","at":' .. ARGV[2] .. '}}'
      end
      redis.call('HSET', jobs, id, '1' .. state .. head .. enqueued .. '\t' .. started .. '\t' .. ARGV[2] .. '\t'
        .. worker .. '\n' .. options .. '\n' .. event .. '\n' .. outcome .. '\n' .. body)
      if state == 'D' then
        redis.call('ZADD', dead, now, id)
        redis.call('HINCRBY', meta, 'died', 1)
        given_up = given_up + 1
      else
        redis.call('LPUSH', done, id)
        redis.call('HINCRBY', meta, 'cancelled', 1)
      end
    end
    redis.call('HINCRBY', meta, 'crashes', 1)
  end
end
for _ = redis.call('LLEN', wake) + 1, math.min(rescued, 64) do redis.call('RPUSH', wake, '1') end
if rescued > 0 then redis.call('PEXPIRE', wake, 60000) end
local left = redis.call('HLEN', running)
if left == 0 then redis.call('ZREM', leases, worker) end
return {rescued, given_up, left}
