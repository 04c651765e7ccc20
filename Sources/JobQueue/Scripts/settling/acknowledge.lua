-- acknowledge.lua: finishes jobs: result, history, counters and children in one step.
-- Includes batch, extension
-- KEYS[1...13]  the queue's keys, as in queue.lua
-- KEYS[14] hash  what this worker is running: job id -> '<fence> <started, unix ms>[ cancel]'
-- KEYS[15] hash  the batch of the one job that now waits for its children: '<queue>/<child>' -> outcome, '#left',
--          '#plan'; not touched when there is none
-- KEYS[16...]  thirteen keys for each queue that children go to
-- ARGV[1]  now, unix ms
-- ARGV[2]  how many finished jobs are kept
-- ARGV[3]  number of jobs, 1 to 256; then four values for each: job id, fence handed out by fetch.lua,
--          final record, name of the counter to raise ('succeeded', 'cancelled', 'expired'; 'waiting' for a job that
--          waits for its children, whose record has the state code W)
-- ARGV[..] plan of the batch, as in complete_batch.lua
-- ARGV[..] callback job of the batch, enqueued when it completes; empty for none
-- ARGV[..] number of children, 0 to 1000; then seven values for each: position of its parent among the jobs,
--          position of its queue among KEYS[16...], name of its queue, job id, record, priority, due time in unix ms
--          (0: now)
-- ARGV[..] where there is an extension: for each job the number of its words, then the words
-- Returns  for each job 1 settled; 0 the claim had been lost, and neither the job nor its children changed
-- Cost     O(jobs + children)
-- Atomic because a crash between acknowledgement and children would lose orders, or place them twice.
local q, running, batch = queue_at(1), KEYS[14], KEYS[15]
local now, keep, count = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local ids, answer, waiting = {}, {}, nil
for i = 1, count do ids[i] = ARGV[4 * i] end

-- Sorts out which claims still hold: ids, records, finished ids, counts by counter, and jobs with locks.
local function held_claims()
  local held = {ids = {}, records = {}, finished = {}, counters = {}, locked = {}}
  local claims, seen = redis.call('HMGET', running, unpack(ids)), {}
  for i = 1, count do
    local at, id = 4 * i, ids[i]
    local record, counter = ARGV[at + 2], ARGV[at + 3]
    if holds(claims[i], ARGV[at + 1]) and not seen[id] then
      answer[i], seen[id] = 1, true
      held.ids[#held.ids + 1] = id
      held.records[#held.records + 1] = id
      held.records[#held.records + 1] = record
      if counter == 'waiting' then waiting = i
      else
        held.finished[#held.finished + 1] = id
        held.counters[counter] = (held.counters[counter] or 0) + 1
      end
      local options = locks_of(record)
      local job = options and {id = id, record = record, options = options, waits = waiting == i}
      if job then held.locked[#held.locked + 1] = job end
    else
      answer[i] = 0
    end
  end
  return held
end

local function settle(held)
  -- Writes that free memory come first: when memory is full, Redis lets a script continue that has already written.
  redis.call('HDEL', running, unpack(held.ids))
  redis.call('HSET', q.jobs, unpack(held.records))
  for _, job in ipairs(held.locked) do
    stop_locks(q, job.id, job.options, job.waits)
    if not job.waits then finish_locks(q, job.id, job.options, job.record, now) end
  end
  if #held.finished == 0 then return end
  redis.call('LPUSH', q.done, unpack(held.finished))
  trim_done(q, keep)
  for counter, n in pairs(held.counters) do redis.call('HINCRBY', q.meta, counter, n) end
  count_finished(q, now, #held.finished, 0)
end

-- How the batch counts a child that existed before: with its present state; the batch waits for it only if the child
-- reports to this parent. Returns its id and its state code and outcome; '' for one that the batch waits for.
local function known_child(theirs, id, record, got)
  local name = got == 0 and id or string.match(got, '^%S+')
  local there = redis.call('HGET', theirs.jobs, name) or ''
  local its, mine = locks_of(there), locks_of(record)
  if not is_unfinished(state_code(there)) then
    return name, string.upper(state_code(there)) .. '\t' .. outcome_of(there)
  elseif not its or not mine or its.batch ~= mine.batch then
    return name, DEAD .. '\t'
      .. error_json(ARGV[1], 'not-a-child', 'job ' .. name .. ' is there and belongs to another')
  end
  return name, ''
end

-- Enqueues the child whose values begin at ARGV[at]. Returns 1 if the batch waits for it, else 0.
local function enqueue_child(at, is_in_batch)
  local theirs = queue_at(16 + (tonumber(ARGV[at + 1]) - 1) * 13)
  local id, record, outcome = ARGV[at + 3], ARGV[at + 4], ''
  local got = accept(theirs, id, record, now)
  if got == 1 then
    schedule(theirs, id, tonumber(ARGV[at + 5]), tonumber(ARGV[at + 6]), now)
    notify_worker(theirs)
  end
  if not is_in_batch then return 0 end
  if got ~= 1 then id, outcome = known_child(theirs, id, record, got) end
  return redis.call('HSETNX', batch, ARGV[at + 2] .. '/' .. id, outcome) == 1 and outcome == '' and 1 or 0
end

-- Writes the words of the extension, which begin at ARGV[at].
local function extend_settled(at)
  for i = 1, count do
    local words = tonumber(ARGV[at])
    if words > 0 and answer[i] == 1 then extend(q, at + 1, words, now) end
    at = at + 1 + words
  end
end

local held = held_claims()
if #held.ids == 0 then return answer end
settle(held)
local first, left = 6 + 4 * count, 0
if waiting then
  park(q, ids[waiting], 'batch')
  redis.call('HSET', batch, '#plan', ARGV[first - 2], '#then', ARGV[first - 1])
end
for i = 1, tonumber(ARGV[first]) do
  local at = first + 1 + (i - 1) * 7
  local parent = tonumber(ARGV[at])
  if answer[parent] == 1 then left = left + enqueue_child(at, waiting == parent) end
end
if waiting then
  redis.call('HSET', batch, '#left', left)
  if left == 0 then
    -- No child will report: the script adds a completion that completes the batch.
    local name = string.match(ARGV[first - 2], '^(%S+)')
    redis.call('RPUSH', q.completions, name .. '/' .. ids[waiting] .. '\t\t\t')
  end
end
local after = first + 1 + 7 * tonumber(ARGV[first])
if ARGV[after] then extend_settled(after) end
return answer
