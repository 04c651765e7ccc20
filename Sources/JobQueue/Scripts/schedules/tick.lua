-- tick.lua: carries out one tick of the schedule, once, however many schedulers try: its jobs, all or none, and its
--           record.
-- Includes batch
-- KEYS[1...13]  the queue's keys, as in queue.lua; of meta: epoch, last:<entry>, ran:<entry>, ticks_skipped
-- KEYS[14] zset  ticks that enqueued jobs: tick id -> nominal time or, for one enqueued later, that time; unix ms
-- KEYS[15] hash  entries; a name is '<entry>' or '<entry>#<entity>': 'l:<name>' -> its jobs that had not ended, oldest
--          first; 'f:<name>' -> how many jobs in a row died; 'p:<name>' -> '<until, unix ms; 0: for good> <since>
--          <skip|once|all>[ <its length, ms>]', by whom, why, in three lines; 'e:<entry>' -> the entities of its last
--          tick
-- KEYS[16] list  the entry's history, newest first: JSON, which begins with first, nominal, count, at, epoch
-- KEYS[17] zset  leases: worker -> expiry, unix ms
-- KEYS[18...]  hash  what each worker with a lease is running, where the policy must know: job id -> '<fence> …'
-- ARGV[1]  now, unix ms
-- ARGV[2]  epoch of the scheduler's leadership; 0 for a past time that an operator backfills
-- ARGV[3]  tick id
-- ARGV[4]  name of the schedule entry
-- ARGV[5]  nominal time, unix ms
-- ARGV[6]  first nominal time of the run of ticks that this one ends; the same for a single tick
-- ARGV[7]  how many ticks the run has
-- ARGV[8]  outcome: 'enqueued', 'caught-up' or 'backfilled'; or 'skipped' or 'source-unavailable', without jobs
-- ARGV[9]  reason of a tick without jobs: 'misfire', 'window' or 'source'
-- ARGV[10] detail, a JSON string, or empty
-- ARGV[11] overlap policy: skip, allow, queue-one, queue-all, replace-waiting, cancel-running
-- ARGV[12] how many jobs may wait, for queue-all
-- ARGV[13] deaths in a row after which the entry or entity is paused; 0 never
-- ARGV[14] how long ticks that enqueued jobs are kept at least, ms
-- ARGV[15] how many records of the history are kept
-- ARGV[16] channel of cancel messages to workers
-- ARGV[17] name of the queue
-- ARGV[18] number of workers among the keys, then their names; then the number of jobs, 0 to 1000, and then five
--          values for each: entity (empty without a fan-out), job id, record, priority, due time in unix ms (0: now)
-- Returns  {answer, jobs that were enqueued, names whose pause ended and that the scheduler has to catch up, names
--          paused now}; the answer is 'enqueued', 'duplicate' (handled before), 'stale' (stale epoch: a newer leader
--          was elected), 'ahead' (not past yet), 'again' (a worker joined meanwhile), or why no job was enqueued:
--          'overlap', 'paused', 'queue-full', 'skipped'
-- Cost     O(jobs + the jobs of the entry that are not finished + running jobs where the policy must know)
-- Atomic because a crash between the push and the record of the tick would enqueue it twice, or never.
local q, ticks, entries, history = queue_at(1), KEYS[14], KEYS[15], KEYS[16]
local now, epoch, tick, entry, nominal = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3], ARGV[4], tonumber(ARGV[5])
local outcome, reason, policy, fails = ARGV[8], ARGV[9], ARGV[11], tonumber(ARGV[13])
local is_backfill, worker_count = epoch == 0, tonumber(ARGV[18])
local first_job, count = 19 + worker_count, tonumber(ARGV[19 + worker_count])
local has_fan_out = count > 0 and ARGV[first_job + 1] ~= ''
local ended_pauses, paused_now = {}, {}

local function last_handled()
  local last = tonumber(redis.call('HGET', q.meta, 'last:' .. entry) or '0')
  -- A value that is no time was not written by a scheduler.
  return last and last <= 9007199254740992 and last or 0
end

local function known_epoch() return tonumber(redis.call('HGET', q.meta, 'epoch') or '0') end

-- Why this tick is refused; nil when it is not.
local function refusal()
  if not is_backfill then return epoch < known_epoch() and 'stale' end
  if nominal > last_handled() then return 'ahead' end
  return redis.call('ZSCORE', ticks, tick) and 'duplicate'
end

-- Running jobs, by id: the key that holds the claim. Nil when a worker joined whose claims are not among the keys.
local function running_jobs()
  local running, known = {}, {}
  for i = 1, worker_count do
    known[ARGV[18 + i]] = true
    for _, id in ipairs(redis.call('HKEYS', KEYS[17 + i])) do running[id] = KEYS[17 + i] end
  end
  if count == 0 or policy == 'skip' or policy == 'allow' then return running end
  for _, worker in ipairs(redis.call('ZRANGE', KEYS[17], 0, -1)) do
    if not known[worker] then return nil end
  end
  return running
end

-- Why a name is paused; nil when it is not.
local function pause_of(name)
  local pause = not is_backfill and redis.call('HGET', entries, 'p:' .. name)
  if not pause then return nil end
  local till, since, catch_up, length, rest, why =
    string.match(pause, '^(%d+) (%d+) (%S+) ?(%d*)(\n[^\n]*\n(.*))$')
  if length ~= '' and tonumber(till) > now + tonumber(length) then
    -- The pause was set while the clock was ahead: it lasts its length from now on.
    redis.call('HSET', entries, 'p:' .. name, string.format('%.0f', now + tonumber(length)) .. ' '
      .. string.format('%.0f', math.min(tonumber(since), now)) .. ' ' .. catch_up .. ' ' .. length .. rest)
  end
  if till == '0' or tonumber(till) > now then return why end
  -- A pause with catch-up is ended by the scheduler, after it has caught up.
  if catch_up == 'skip' then redis.call('HDEL', entries, 'p:' .. name)
  else ended_pauses[#ended_pauses + 1] = name end
  return nil
end

-- The unfinished jobs of a name, waiting and running, and its deaths in a row, brought up to date.
local function jobs_of(name, running)
  local held = redis.call('HMGET', entries, 'l:' .. name, 'f:' .. name)
  local waiting, busy, ids, before = {}, {}, {}, tonumber(held[2] or '0')
  if not held[1] then return waiting, busy, before end
  for id in string.gmatch(held[1], '%S+') do ids[#ids + 1] = id end
  local records, streak = redis.call('HMGET', q.jobs, unpack(ids)), before
  for i, id in ipairs(ids) do
    local code = state_code(records[i])
    if code == WAITING or code == LIVE and running[id] then busy[#busy + 1] = id
    elseif code == LIVE then waiting[#waiting + 1] = {id, records[i]}
    elseif code == DEAD then streak = streak + 1
    -- A job without a record has succeeded: dead ones are kept.
    elseif code == SUCCEEDED or not code then streak = 0 end
  end
  if streak == 0 then if before ~= 0 then redis.call('HDEL', entries, 'f:' .. name) end
  elseif streak ~= before then redis.call('HSET', entries, 'f:' .. name, streak) end
  return waiting, busy, streak
end

local function keep_unfinished(name, ids)
  local first = math.max(1, #ids - (policy == 'allow' and 15 or 127))
  if #ids == 0 then redis.call('HDEL', entries, 'l:' .. name)
  else redis.call('HSET', entries, 'l:' .. name, table.concat(ids, ' ', first)) end
end

-- Entities without a job, by reason; and the reasons in the order in which they occurred.
local left_out, reasons = {}, {}
local function leave_out(why, entity)
  if not left_out[why] then
    left_out[why] = {}
    reasons[#reasons + 1] = why
  end
  table.insert(left_out[why], entity)
end

local function pause_after_deaths(name, streak)
  local why = streak .. ' jobs in a row died'
  redis.call('HSET', entries, 'p:' .. name, '0 ' .. ARGV[1] .. ' skip\nscheduler\n' .. why)
  redis.call('HDEL', entries, 'f:' .. name)
  paused_now[#paused_now + 1] = name
  return why
end

local function overlaps(waiting, busy)
  return policy == 'skip' and #waiting + #busy > 0 or policy == 'queue-one' and #waiting > 0
    or policy == 'queue-all' and #waiting >= tonumber(ARGV[12])
end

-- Decides for each job whether it is enqueued. Returns the plans, how many are, and why a name is paused.
local function plan_jobs(running)
  -- A tick that was enqueued while the clock was ahead, before it was corrected, is not enqueued again.
  local is_known = not is_backfill and redis.call('ZSCORE', ticks, tick)
  local plans, going, why_paused = {}, 0, nil
  -- A pause is reported before an overlap, because it is the more useful reason.
  local whole = count > 0 and pause_of(entry) or nil
  for i = 1, count do
    local base = first_job + (i - 1) * 5
    local entity = ARGV[base + 1]
    local name = entity == '' and entry or entry .. '#' .. entity
    local waiting, busy, streak = jobs_of(name, running)
    local pause = whole or entity ~= '' and pause_of(name)
    if not pause and fails > 0 and streak >= fails then pause = pause_after_deaths(name, streak) end
    local plan = {base = base, name = name, entity = entity, waiting = waiting, busy = busy}
    if is_known then plan.skip = 'exists'
    elseif pause then plan.skip, why_paused = 'paused', why_paused or whole or pause
    elseif overlaps(waiting, busy) then plan.skip = 'overlap'
    else going = going + 1 end
    if plan.skip then leave_out(plan.skip, entity) end
    plans[i] = plan
  end
  return plans, going, why_paused
end

local function is_full(going)
  local most = tonumber(redis.call('HGET', q.meta, 'max_waiting') or '')
  return going > 0 and most and redis.call('HGET', q.meta, 'when_full') ~= 'drop-oldest'
    and redis.call('LLEN', q.ready) + redis.call('ZCARD', q.ranked) + redis.call('ZCARD', q.scheduled)
    - tonumber(redis.call('HGET', q.meta, 'tombstones') or '0') + going > most
end

-- Cancels older jobs of a plan as the overlap policy demands.
local function replace_older(plan, running)
  if policy ~= 'replace-waiting' and policy ~= 'cancel-running' then return end
  for _, job in ipairs(plan.waiting) do cancel_waiting(q, job[1], job[2], ARGV[1], 'replaced by ' .. tick) end
  plan.waiting = {}
  if policy ~= 'cancel-running' then return end
  for _, id in ipairs(plan.busy) do
    if running[id] then request_cancel(running[id], id, ARGV[16], ARGV[17] .. ' ' .. id) end
  end
end

-- Enqueues the jobs of the plans. Returns how many, the earliest due time, and the id of the last one.
local function enqueue_jobs(plans, full, running)
  local jobs, first_due, only = 0, nil, nil
  for _, plan in ipairs(plans) do
    local ids, goes = {}, not full and not plan.skip
    if goes then replace_older(plan, running) end
    for _, id in ipairs(plan.busy) do ids[#ids + 1] = id end
    for _, job in ipairs(plan.waiting) do ids[#ids + 1] = job[1] end
    if goes then
      local id, priority, due = ARGV[plan.base + 2], tonumber(ARGV[plan.base + 4]), tonumber(ARGV[plan.base + 5])
      local got = accept(q, id, ARGV[plan.base + 3], now)
      local holder = got ~= 0 and got ~= 1 and string.match(got, '^(%S+) coalesced$')
      if got == 1 then schedule(q, id, priority, due, now) end
      if got == 1 or holder then
        jobs, only = jobs + 1, holder or id
        first_due = math.min(first_due or due, due)
        ids[#ids + 1] = only
      else leave_out(got == 0 and 'exists' or 'overlap', plan.entity) end
    end
    keep_unfinished(plan.name, ids)
  end
  return jobs, first_due, only
end

-- The entities that are new in the source, and those that are gone from it; pauses of the latter stay.
local function changed_entities(plans)
  local added, removed = {}, {}
  if not has_fan_out then return added, removed end
  local before, names = redis.call('HGET', entries, 'e:' .. entry), {}
  local was, is = {}, {}
  for name in string.gmatch(before or '', '%S+') do was[name] = true end
  for i, plan in ipairs(plans) do
    names[i], is[plan.entity] = plan.entity, true
    if before and not was[plan.entity] then added[#added + 1] = plan.entity end
  end
  for name in string.gmatch(before or '', '%S+') do
    if not is[name] then
      removed[#removed + 1] = name
      redis.call('HDEL', entries, 'l:' .. entry .. '#' .. name, 'f:' .. entry .. '#' .. name)
    end
  end
  redis.call('HSET', entries, 'e:' .. entry, table.concat(names, ' '))
  return added, removed
end

-- The answer to the caller, and the reason and outcome for the history.
local function judge(jobs, full)
  local answer = 'enqueued'
  if outcome == 'skipped' or outcome == 'source-unavailable' then answer = 'skipped'
  elseif full then answer, reason = 'queue-full', 'queue-full'
  elseif count > 0 and jobs == 0 then
    answer = left_out.overlap and 'overlap' or left_out.paused and 'paused' or 'duplicate'
    reason = answer == 'duplicate' and 'exists' or answer
  end
  if answer ~= 'enqueued' and outcome ~= 'source-unavailable' then outcome = 'skipped' end
  return answer
end

-- Marks the tick as handled, and stores its id when it enqueued jobs.
local function mark_handled(answer, jobs)
  if answer ~= 'enqueued' then redis.call('HINCRBY', q.meta, 'ticks_skipped', ARGV[7]) end
  if not is_backfill then redis.call('HSET', q.meta, 'last:' .. entry, ARGV[5]) end
  if jobs > 0 then
    local ran = tonumber(redis.call('HGET', q.meta, 'ran:' .. entry) or '0')
    if nominal > ran then redis.call('HSET', q.meta, 'ran:' .. entry, ARGV[5]) end
    redis.call('ZADD', ticks, is_backfill and math.max(nominal, now) or nominal, tick)
    notify_workers(q, jobs)
  end
  -- Removes one at a time, and never the newest 20000: a clock that is ahead for a while must not erase the ids of
  -- enqueued ticks.
  if redis.call('ZCARD', ticks) > 20000 then
    local oldest = redis.call('ZRANGEBYSCORE', ticks, '-inf', now - tonumber(ARGV[14]), 'LIMIT', 0, 1)
    if #oldest > 0 then redis.call('ZREM', ticks, oldest[1]) end
  end
end

-- The fields of a history record from "outcome" on, which are alike for ticks that ended alike.
local function history_fields(detail, jobs, first_due, only, added, removed)
  local fields, n = {'outcome', outcome}, 2
  local function add(name, value)
    fields[n + 1], fields[n + 2], n = name, value, n + 2
  end
  if reason ~= '' then add('reason', reason) end
  if detail ~= '' then add('detail', json(detail)) end
  add('jobs', jobs)
  if jobs == 1 then add('job', only) end
  if jobs > 0 and first_due > nominal then add('due', first_due) end
  if has_fan_out then
    for _, why in ipairs(reasons) do add(why, left_out[why]) end
    if #added > 0 then add('added', added) end
    if #removed > 0 then add('removed', removed) end
  end
  return json_object(unpack(fields, 1, n))
end

-- Adds a record to the history. A run of ticks that ended alike is one record.
local function write_history(fields, jobs)
  local rest, first, run = string.sub(fields, 2), ARGV[6], tonumber(ARGV[7])
  if jobs == 0 and not is_backfill then
    local head = redis.call('LINDEX', history, 0)
    local since, length = string.match(head or '', '^{"first":(%d+),"nominal":%d+,"count":(%d+),')
    if since and string.match(head, ',("outcome":.*)$') == rest then
      redis.call('LPOP', history)
      first, run = since, run + tonumber(length)
    end
  end
  local begin = json_object('first', json(first), 'nominal', json(ARGV[5]), 'count', run, 'at', json(ARGV[1]),
    'epoch', json(ARGV[2]))
  redis.call('LPUSH', history, string.sub(begin, 1, -2) .. ',' .. rest)
  if redis.call('LLEN', history) > tonumber(ARGV[15]) then redis.call('RPOP', history) end
end

local refused = refusal()
if refused then return {refused, 0, {}, {}} end
local running = running_jobs()
if not running then return {'again', 0, {}, {}} end
if not is_backfill then
  if epoch > known_epoch() then redis.call('HSET', q.meta, 'epoch', ARGV[2]) end
  if nominal <= last_handled() then return {'duplicate', 0, {}, {}} end
end

local plans, going, why_paused = plan_jobs(running)
local full = is_full(going)
local jobs, first_due, only = enqueue_jobs(plans, full, running)
local added, removed = changed_entities(plans)
local answer = judge(jobs, full)
local detail = answer == 'paused' and encode(why_paused) or ARGV[10]
mark_handled(answer, jobs)
write_history(history_fields(detail, jobs, first_due, only, added, removed), jobs)
return {answer, jobs, ended_pauses, paused_now}
