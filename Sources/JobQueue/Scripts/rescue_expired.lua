-- rescue_expired.lua: takes back the jobs of a worker whose lease has ended.
-- KEYS[1...13]  the queue's keys, as in links.lua
-- KEYS[14] hash  what that worker was running: job id -> '<fence> <started, unix ms>[ cancel]'
-- KEYS[15] zset  leases: worker -> expiry, unix ms
-- ARGV[1]  worker
-- ARGV[2]  now, unix ms
-- ARGV[3]  crashes after which a job is given up
-- ARGV[4]  how the worker ended, as a JSON text without the quotes
-- Returns  {jobs that can be run again, jobs given up, jobs still to be rescued}; nothing is done while the lease holds
-- Cost     O(jobs), about 64 a call
-- Atomic because a crash between the claim and the new place would lose the job, or give it to two workers.
local q, running, leases = queue_at(1), KEYS[14], KEYS[15]
local worker, now, limit = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local expiry = redis.call('ZSCORE', leases, worker)
if expiry and tonumber(expiry) > now then return {0, 0, redis.call('HLEN', running)} end
local claims = {}
local drawn = redis.call('HRANDFIELD', running, 64, 'WITHVALUES')
for i = 1, #drawn, 2 do claims[#claims + 1] = {drawn[i], drawn[i + 1]} end
table.sort(claims, function(a, b) return a[1] < b[1] end)
local rescued, given_up = 0, 0

-- Ends a job with a mark: D is given up, C was to be cancelled.
local function finish(id, record, claim, mark, crashes)
  local started = string.match(claim, '^%d+ (%d+)')
  local outcome = ''
  if mark == 'D' then
    outcome = '{"error":{"type":"crash","message":"the worker died with this job ' .. crashes
      .. ' times; last: ' .. ARGV[4] .. '","fingerprint":"crash","at":' .. ARGV[2] .. '}}'
  end
  local final = ended(record, mark, ARGV[2], nil, outcome)
  local head, rest = string.match(final, '^(1.[^\t]*\t[^\t]*\t%d+\t%d+\t%d*\t)%d*(\t%d*\t)[^\n]*')
  local tail = string.sub(final, (string.find(final, '\n', 1, true)))
  final = head .. started .. rest .. worker .. tail
  redis.call('HSET', q.jobs, id, final)
  if mark == 'D' then
    redis.call('ZADD', q.dead, now, id)
    redis.call('HINCRBY', q.meta, 'died', 1)
    given_up = given_up + 1
  else
    redis.call('LPUSH', q.done, id)
    redis.call('HINCRBY', q.meta, 'cancelled', 1)
  end
  local options = links_of(final)
  if options then
    stop_running(q, id, options, false)
    end_links(q, id, options, final, now)
  end
end

for i = 1, #claims do
  local id, claim = claims[i][1], claims[i][2]
  local record = redis.call('HGET', q.jobs, id)
  redis.call('HDEL', running, id)
  local head, attempt, crashes, rest, events, tail = string.match(record or '',
    '^1.(-?%d+\t[^\t]*\t(%d+))\t(%d+)\t([^\n]*\n[^\n]*)\n([^\n]*)\n(.*)$')
  if record and not head then
    -- Of another version: nobody here can run it, so it waits among the dead for somebody who can.
    redis.call('HSET', q.jobs, id, string.sub(record, 1, 1) .. 'D' .. string.sub(record, 3))
    redis.call('ZADD', q.dead, now, id)
    redis.call('HINCRBY', q.meta, 'died', 1)
    given_up = given_up + 1
  elseif record then
    crashes = tonumber(crashes) + 1
    local event = '{"at":' .. ARGV[2] .. ',"event":"crashed","attempt":' .. attempt + 1 .. ',"worker":"' .. worker
      .. '","detail":"' .. ARGV[4] .. '"}'
    if events ~= '' then event = event .. ',' .. events end
    local crashed = '1w' .. head .. '\t' .. crashes .. '\t' .. rest .. '\n' .. event .. '\n' .. tail
    if string.sub(claim, -7) == ' cancel' then finish(id, crashed, claim, 'C', crashes)
    elseif crashes >= limit then finish(id, crashed, claim, 'D', crashes)
    else
      redis.call('HSET', q.jobs, id, crashed)
      -- Not in line: one of those that died together is to blame, and they must not come together again.
      set_aside(q, id, 'crashed')
      rescued = rescued + 1
      local options = links_of(crashed)
      if options then stop_running(q, id, options, true) end
    end
    redis.call('HINCRBY', q.meta, 'crashes', 1)
  end
end
call_several(q, rescued)
local left = redis.call('HLEN', running)
if left == 0 then redis.call('ZREM', leases, worker) end
return {rescued, given_up, left}
