-- complete_batch.lua: counts a finished child, and finishes the waiting job after the last one.
-- Includes batch
-- KEYS[1...13]  the keys of the waiting job's queue, as in queue.lua
-- KEYS[14] hash  its batch: '<queue>/<child>' -> '' or '<state code> TAB <outcome>', '#left', '#plan'
-- KEYS[15...]  thirteen keys of the queue that the callback job goes to, if there is one
-- ARGV[1]  now, unix ms
-- ARGV[2]  the waiting job
-- ARGV[3]  '<queue>/<child>'; empty to complete a batch without a child that will report
-- ARGV[4]  the child's state code: S, C, E or D
-- ARGV[5]  the child's outcome, one JSON object or empty
-- ARGV[6]  how many finished jobs are kept
-- ARGV[7]  callback job: id, empty for none
-- ARGV[8]  record
-- ARGV[9]  priority
-- ARGV[10] due time, unix ms
-- Returns  'noted'; 'succeeded' or 'dead' when the waiting job is finished now; 'gone' when it does not wait any more
-- Results beyond 64 KiB in all are null, and "truncated" is set.
-- Cost     O(children) when it was the last, else O(1)
-- Atomic because when two children finish at once both, or neither, could count as the last.
-- The plan is '<queue of the job> fail' or '<queue of the job> go-on'.
local q, batch, id, now = queue_at(1), KEYS[14], ARGV[2], tonumber(ARGV[1])
local STATES = {[SUCCEEDED] = 'succeeded', [CANCELLED] = 'cancelled', [EXPIRED] = 'expired', [DEAD] = 'dead'}
local LIMIT_BYTES = 65536

-- Counts this child. Returns whether no child is left that will report.
local function is_complete()
  if ARGV[3] ~= '' then
    -- A completion that is delivered twice finds the child counted; one of a child that an operator retried changes its
    -- state.
    local known = redis.call('HGET', batch, ARGV[3])
    if not known then return false end
    redis.call('HSET', batch, ARGV[3], ARGV[4] .. '\t' .. ARGV[5])
    if known == '' then redis.call('HINCRBY', batch, '#left', -1) end
  end
  return redis.call('HGET', batch, '#left') == '0'
end

-- The children, sorted by queue and id: their ids, states and outcomes.
local function children_of_batch()
  local fields, children = redis.call('HGETALL', batch), {}
  for i = 1, #fields, 2 do
    local child = string.match(fields[i], '^[^#/][^/]*/(.*)$')
    local code, outcome = string.match(fields[i + 1], '^(.)\t(.*)$')
    if child then
      children[#children + 1] = {
        field = fields[i], id = child, state = STATES[code] or 'missing',
        value = string.match(outcome or '', '^{"%a+":(.*)}$') or 'null',
      }
    end
  end
  table.sort(children, function(a, b) return a.field < b.field end)
  return children
end

-- The result of the batch, and the ids of the children that failed. Outcomes are JSON already and are not parsed here.
local function combine(own, children)
  local results, failures, failed, size = {}, {}, {}, 0
  for _, child in ipairs(children) do
    local name, value = encode(child.id), child.value
    size = size + #value + #child.id
    if size > LIMIT_BYTES then value = 'null' end
    if child.state == 'succeeded' then results[#results + 1] = name .. ':' .. value
    else
      failed[#failed + 1] = child.id
      failures[#failures + 1] = name .. ':' .. json_object('state', child.state, 'error', json(value))
    end
  end
  local text = json_object('own', json(own), 'children', json('{' .. table.concat(results, ',') .. '}'),
    'failed', json('{' .. table.concat(failures, ',') .. '}'), 'truncated', size > LIMIT_BYTES or nil)
  return text, failed
end

local function fail(record, failed, count)
  local message = #failed .. ' of ' .. count .. ' children failed; the first is ' .. failed[1]
  local final = finish_record(record, DEAD, ARGV[1], event_json(ARGV[1], 'dead', 'detail', message),
    error_json(ARGV[1], 'child-failed', message))
  redis.call('HSET', q.jobs, id, final)
  redis.call('ZADD', q.dead, now, id)
  redis.call('HINCRBY', q.meta, 'died', 1)
  count_finished(q, now, 0, 1)
  return final
end

local function succeed(record, combined)
  local final = finish_record(record, SUCCEEDED, ARGV[1], nil, json_object('result', json(combined)))
  redis.call('HSET', q.jobs, id, final)
  redis.call('LPUSH', q.done, id)
  redis.call('HINCRBY', q.meta, 'succeeded', 1)
  count_finished(q, now, 1, 0)
  trim_done(q, tonumber(ARGV[6]))
  return final
end

local function enqueue_callback()
  local theirs = queue_at(15)
  if accept(theirs, ARGV[7], ARGV[8], now) ~= 1 then return end
  schedule(theirs, ARGV[7], tonumber(ARGV[9]), tonumber(ARGV[10]), now)
  notify_worker(theirs)
end

local plan = redis.call('HGET', batch, '#plan')
if not plan then return 'gone' end
if not is_complete() then return 'noted' end
local children = children_of_batch()
redis.call('DEL', batch)
local record = redis.call('HGET', q.jobs, id)
if state_code(record) ~= WAITING then return 'gone' end
unpark(q, id)
local combined, failed = combine(string.match(outcome_of(record), '^{"result":(.*)}$') or 'null', children)
local is_failure = #failed > 0 and string.match(plan, ' (%S+)$') == 'fail'
local final = is_failure and fail(record, failed, #children) or succeed(record, combined)
local options = locks_of(record)
if options then finish_locks(q, id, options, final, now) end
if is_failure then return 'dead' end
if ARGV[7] ~= '' then enqueue_callback() end
return 'succeeded'
