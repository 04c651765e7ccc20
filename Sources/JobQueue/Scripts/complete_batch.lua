-- complete_batch.lua: notes that a child is over, and ends the job that waits when it was the last.
-- KEYS[1...13]  the keys of the waiting job's queue, as in links.lua
-- KEYS[14] hash  its batch: '<queue>/<child>' -> '' or '<mark> TAB <outcome>', '#left', '#plan'
-- KEYS[15...]  thirteen keys of the queue that the follow-up goes to, if there is one
-- ARGV[1]  now, unix ms
-- ARGV[2]  the waiting job
-- ARGV[3]  '<queue>/<child>'; empty to complete a batch of which no child will report
-- ARGV[4]  the child's mark: S, C, E or D
-- ARGV[5]  the child's outcome, one JSON object or empty
-- ARGV[6]  how many finished jobs are kept
-- ARGV[7]  follow-up: job id, empty for none
-- ARGV[8]  record
-- ARGV[9]  priority
-- ARGV[10] due time, unix ms
-- Returns  'noted'; 'succeeded' or 'dead' when the waiting job is over now; 'gone' when it does not wait any more
-- Results beyond 64 KiB in all are null, and "truncated" says so.
-- Cost     O(children) when it was the last, else O(1)
-- Atomic because two children that end at once would both, or neither, find themselves the last.
-- The plan is '<queue of the job> fail' or '<queue of the job> go-on'.
local q, batch, id, now = queue_at(1), KEYS[14], ARGV[2], tonumber(ARGV[1])
local plan = redis.call('HGET', batch, '#plan')
if not plan then return 'gone' end
if ARGV[3] ~= '' then
  -- A notice that comes twice finds the child noted; one of a child that was retried by a person changes its end.
  local known = redis.call('HGET', batch, ARGV[3])
  if not known then return 'noted' end
  redis.call('HSET', batch, ARGV[3], ARGV[4] .. '\t' .. ARGV[5])
  if known == '' then redis.call('HINCRBY', batch, '#left', -1) end
  if redis.call('HGET', batch, '#left') ~= '0' then return 'noted' end
elseif redis.call('HGET', batch, '#left') ~= '0' then return 'noted' end

local results, failures, size, sample, shortened = {}, {}, 0, '', false
local fields = redis.call('HGETALL', batch)
local children = {}
for i = 1, #fields, 2 do
  if string.sub(fields[i], 1, 1) ~= '#' then children[#children + 1] = {fields[i], fields[i + 1]} end
end
table.sort(children, function(a, b) return a[1] < b[1] end)
for i = 1, #children do
  local child = string.match(children[i][1], '^[^/]*/(.*)$')
  local mark, outcome = string.match(children[i][2], '^(.)\t(.*)$')
  local value = string.match(outcome or '', '^{"%a+":(.*)}$') or 'null'
  -- Together they must stay small enough to be read in one piece.
  size = size + #value + #child
  if size > 65536 then value, shortened = 'null', true end
  local words = {S = 'succeeded', C = 'cancelled', E = 'expired', D = 'dead'}
  if mark == 'S' then results[#results + 1] = '"' .. child .. '":' .. value
  else
    failures[#failures + 1] = '"' .. child .. '":{"state":"' .. (words[mark] or 'missing') .. '","error":'
      .. value .. '}'
    if sample == '' then sample = child end
  end
end
redis.call('DEL', batch)
local record = redis.call('HGET', q.jobs, id)
if not record or string.sub(record, 2, 2) ~= 'W' then return 'gone' end
take_aside(q, id)
local own = string.match(record, '^[^\n]*\n[^\n]*\n[^\n]*\n{"result":([^\n]*)}\n') or 'null'
local combined = '{"own":' .. own .. ',"children":{' .. table.concat(results, ',') .. '},"failed":{'
  .. table.concat(failures, ',') .. (shortened and '},"truncated":true}' or '}}')
local options = links_of(record)
if #failures > 0 and string.match(plan, ' (%S+)$') == 'fail' then
  local message = #failures .. ' of ' .. #children .. ' children failed; the first is ' .. sample
  local final = ended(record, 'D', ARGV[1], '{"at":' .. ARGV[1] .. ',"event":"dead","detail":"' .. message .. '"}',
    '{"error":{"type":"child-failed","message":"' .. message .. '","fingerprint":"child-failed","at":'
      .. ARGV[1] .. '}}')
  redis.call('HSET', q.jobs, id, final)
  redis.call('ZADD', q.dead, now, id)
  redis.call('HINCRBY', q.meta, 'died', 1)
  note_ends(q, now, 0, 1)
  if options then end_links(q, id, options, final, now) end
  return 'dead'
end
local final = ended(record, 'S', ARGV[1], nil, '{"result":' .. combined .. '}')
redis.call('HSET', q.jobs, id, final)
redis.call('LPUSH', q.done, id)
redis.call('HINCRBY', q.meta, 'succeeded', 1)
note_ends(q, now, 1, 0)
forget_surplus(q, tonumber(ARGV[6]))
if options then end_links(q, id, options, final, now) end
if ARGV[7] ~= '' then
  local theirs = queue_at(15)
  if accept(theirs, ARGV[7], ARGV[8], now) == 1 then
    place(theirs, ARGV[7], tonumber(ARGV[9]), tonumber(ARGV[10]), now)
    call_one(theirs)
  end
end
return 'succeeded'
