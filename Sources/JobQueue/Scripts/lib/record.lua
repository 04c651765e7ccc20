-- record.lua: reads and rewrites the record of a job, whose layout JobEnvelope.swift states.
-- Includes json
-- Returns  nothing by itself
-- Cost     of each function O(length of the record)
-- Atomic because it runs within the script that includes it.
-- The state code: the second character of a record.
local LIVE, WAITING = 'w', 'W' -- not finished: in a place or running; waits for its children
local SUCCEEDED, CANCELLED, EXPIRED, DEAD = 'S', 'C', 'E', 'D'
-- Cancelled, deleted while its id is still in the ready list; fetch.lua drops the id when its turn comes.
local CANCELLED_IN_READY, DELETED_IN_READY = 'c', 'x'

local function state_code(record) return record and string.sub(record, 2, 2) end

local function with_state(record, code) return '1' .. code .. string.sub(record, 3) end

local function is_unfinished(code) return code == LIVE or code == WAITING end

local function priority_of(record) return tonumber(string.match(record or '', '^1.(-?%d+)\t') or '0') end

-- When the job was enqueued, unix ms; nil for a record of another version.
local function enqueued_at(record) return tonumber(string.match(record or '', '^1.[^\t]*\t[^\t]*\t%d+\t%d+\t(%d+)')) end

-- When the job finished, unix ms; nil for one that has not.
local function finished_at(record)
  return tonumber(string.match(record or '', '^1.[^\t]*\t[^\t]*\t%d+\t%d+\t%d*\t%d*\t(%d+)'))
end

-- The job's options as they are stored, one JSON object or nothing.
local function options_text(record) return string.match(record or '', '^[^\n]*\n([^\n]*)\n') or '' end

-- The options when they name a unique key, a concurrency key or a parent; else nil, without parsing JSON.
local function locks_of(record)
  local at = string.find(record, '\n', 1, true)
  if not at or string.byte(record, at + 1) == 10 then return nil end
  local line = string.sub(record, at + 1, (string.find(record, '\n', at + 1, true) or 0) - 1)
  if not (string.find(line, '"unique":', 1, true) or string.find(line, '"cap":', 1, true)
    or string.find(line, '"batch":', 1, true)) then return nil end
  local fine, options = pcall(cjson.decode, line)
  return fine and type(options) == 'table' and options or nil
end

-- When its newest event was, unix ms; nil when it has none.
local function newest_event_at(record) return tonumber(string.match(record or '', '^[^\n]*\n[^\n]*\n{"at":(%d+)')) end

-- The job's outcome, one JSON object or nothing.
local function outcome_of(record) return string.match(record or '', '^[^\n]*\n[^\n]*\n[^\n]*\n([^\n]*)\n') or '' end

-- An event as the record stores it; begins with its time, which newest_event_at reads. `now` is text, unix ms; the
-- other fields are names and values in turn.
local function event_json(now, event, ...) return json_object('at', json(now), 'event', event, ...) end

-- An error as the outcome of a dead job. `now` is text, unix ms.
local function error_json(now, kind, message)
  local error = json_object('type', kind, 'message', message, 'fingerprint', kind, 'at', json(now))
  return json_object('error', json(error))
end

-- A record with an event put before its own ones.
local function with_event(record, event)
  local head, events, rest = string.match(record, '^([^\n]*\n[^\n]*\n)([^\n]*)(\n.*)$')
  return head .. event .. (events == '' and '' or ',' .. events) .. rest
end

-- A record with a final state, finished at `now`; `event` goes before its events, `outcome` replaces the old one.
local function finish_record(record, code, now, event, outcome)
  local head, started, worker, options, events, old, payload = string.match(record,
    '^1.([^\t]*\t[^\t]*\t%d+\t%d+\t%d*)\t(%d*)\t%d*\t([^\n]*)\n([^\n]*)\n([^\n]*)\n([^\n]*)\n(.*)$')
  if not head then return with_state(record, code) end
  if event then events = events == '' and event or event .. ',' .. events end
  return '1' .. code .. head .. '\t' .. started .. '\t' .. now .. '\t' .. worker .. '\n' .. options .. '\n' .. events
    .. '\n' .. (outcome or old) .. '\n' .. payload
end

-- The parts of a record; nil when it is of another version. The first line ends with 'TAB <losses>[ <worker> ...]' when
-- the job's lease was lost: how often while its worker lived, and the workers that may have crashed or may come back.
local function unpack_record(record)
  local r, lost = {missing = {}}, nil
  r.head, r.attempts, r.crashes, r.enqueued, r.started, r.finished, r.worker, lost, r.options, r.events, r.outcome,
    r.payload = string.match(record or '', '^1.(-?%d+\t[^\t\n]*\t)(%d+)\t(%d+)\t(%d+)\t(%d*)\t(%d*)\t([^\t\n]*)\t?'
      .. '([^\n]*)\n([^\n]*)\n([^\n]*)\n([^\n]*)\n(.*)$')
  if not r.head then return nil end
  r.crashes = tonumber(r.crashes)
  r.losses = tonumber(string.match(lost, '^%d+') or '0')
  for worker in string.gmatch(lost, ' (%S+)') do r.missing[#r.missing + 1] = worker end
  return r
end

local function pack_record(r, code)
  local lost = (r.losses > 0 or #r.missing > 0) and '\t' .. r.losses or ''
  for _, worker in ipairs(r.missing) do lost = lost .. ' ' .. worker end
  return '1' .. code .. r.head .. r.attempts .. '\t' .. r.crashes .. '\t' .. r.enqueued .. '\t' .. r.started .. '\t'
    .. r.finished .. '\t' .. r.worker .. lost .. '\n' .. r.options .. '\n' .. r.events .. '\n' .. r.outcome .. '\n'
    .. r.payload
end
