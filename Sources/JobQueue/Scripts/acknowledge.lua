-- acknowledge.lua: ends attempts for good: result, history, counters and children in one step.
-- KEYS[1...13]  the queue's keys, as in links.lua
-- KEYS[14] hash  what this worker is running: job id -> '<fence> <started, unix ms>[ cancel]'
-- KEYS[15] hash  the batch of the one job that goes on to wait for its children: '<queue>/<child>' -> outcome, '#left',
--          '#plan'; not touched when there is none
-- KEYS[16...]  thirteen keys for each queue that children go to
-- ARGV[1]  now, unix ms
-- ARGV[2]  how many finished jobs are kept
-- ARGV[3]  number of jobs, 1 to 256; then four values for each: job id, fence handed out by fetch.lua,
--          final record, name of the counter to raise ('succeeded', 'cancelled', 'expired'; 'waiting' for a job that
--          waits for its children, whose record has the mark W)
-- ARGV[..] plan of the batch, as in complete_batch.lua
-- ARGV[..] follow-up of the batch, for whoever completes it; empty for none
-- ARGV[..] number of children, 0 to 1000; then seven values for each: position of its parent among the jobs,
--          position of its queue among KEYS[16...], name of its queue, job id, record, priority, due time in unix ms
--          (0: now)
-- Returns  for each job 1 settled; 0 the claim had been lost, and neither the job nor its children changed
-- Cost     O(jobs + children)
-- Atomic because a crash between acknowledgement and children would lose orders, or place them twice.
local q, running, batch = queue_at(1), KEYS[14], KEYS[15]
local now, keep, count = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local ids = {}
for i = 1, count do ids[i] = ARGV[4 * i] end
local claims = redis.call('HMGET', running, unpack(ids))
local answer, released, records, over, raised, seen, linked, waiting = {}, {}, {}, {}, {}, {}, {}, nil
for i = 1, count do
  local at = 4 * i
  if holds(claims[i], ARGV[at + 1]) and not seen[ids[i]] then
    answer[i], seen[ids[i]] = 1, true
    released[#released + 1] = ids[i]
    records[#records + 1] = ids[i]
    records[#records + 1] = ARGV[at + 2]
    if ARGV[at + 3] == 'waiting' then waiting = i
    else
      over[#over + 1] = ids[i]
      raised[ARGV[at + 3]] = (raised[ARGV[at + 3]] or 0) + 1
    end
    local options = links_of(ARGV[at + 2])
    if options then linked[#linked + 1] = {i, options} end
  else
    answer[i] = 0
  end
end
if #released == 0 then return answer end
-- First what frees memory: Redis lets a script go on in full memory that has written already.
redis.call('HDEL', running, unpack(released))
redis.call('HSET', q.jobs, unpack(records))
for _, link in ipairs(linked) do
  local at, lives = 4 * link[1], link[1] == waiting
  stop_running(q, ARGV[at], link[2], lives)
  if not lives then end_links(q, ARGV[at], link[2], ARGV[at + 2], now) end
end
if #over > 0 then
  redis.call('LPUSH', q.done, unpack(over))
  forget_surplus(q, keep)
  for counter, n in pairs(raised) do redis.call('HINCRBY', q.meta, counter, n) end
  note_ends(q, now, #over, 0)
end

local first, left = 6 + 4 * count, 0
if waiting then
  set_aside(q, ids[waiting], 'batch')
  redis.call('HSET', batch, '#plan', ARGV[first - 2], '#then', ARGV[first - 1])
end
for i = 1, tonumber(ARGV[first]) do
  local at = first + 1 + (i - 1) * 7
  local parent = tonumber(ARGV[at])
  if answer[parent] == 1 then
    local theirs = queue_at(16 + (tonumber(ARGV[at + 1]) - 1) * 13)
    local id, record = ARGV[at + 3], ARGV[at + 4]
    local got = accept(theirs, id, record, now)
    if got == 1 then
      place(theirs, id, tonumber(ARGV[at + 5]), tonumber(ARGV[at + 6]), now)
      call_one(theirs)
    end
    if waiting == parent then
      local outcome = ''
      if got ~= 1 then
        -- It was there before: counted as it stands, and waited for only if it will report to this very parent.
        local name = got == 0 and id or string.match(got, '^%S+')
        local there = redis.call('HGET', theirs.jobs, name) or ''
        local mark, its = string.sub(there, 2, 2), links_of(there)
        local mine = links_of(record)
        if mark ~= 'w' and mark ~= 'W' then
          outcome = string.upper(mark) .. '\t' .. (string.match(there, '^[^\n]*\n[^\n]*\n[^\n]*\n([^\n]*)\n') or '')
        elseif not its or not mine or its.batch ~= mine.batch then
          outcome = 'D\t{"error":{"type":"not-a-child","message":"job ' .. name .. ' is there and belongs to another",'
            .. '"fingerprint":"not-a-child","at":' .. ARGV[1] .. '}}'
        end
        id = name
      end
      if redis.call('HSETNX', batch, ARGV[at + 2] .. '/' .. id, outcome) == 1 and outcome == '' then left = left + 1 end
    end
  end
end
if waiting then
  redis.call('HSET', batch, '#left', left)
  if left == 0 then
    -- Nobody will report: the batch is completed by a notice of its own.
    local name = string.match(ARGV[first - 2], '^(%S+)')
    redis.call('RPUSH', q.notices, name .. '/' .. ids[waiting] .. '\t\t\t')
  end
end
return answer
