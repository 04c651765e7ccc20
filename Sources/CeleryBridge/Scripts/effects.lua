-- effects.lua: what the settlement of a task writes for Celery's clients, in place of JobQueue's extension.lua.
-- The words at `first` are the numbers of three databases (broker, results, the queue's own; equal ones need no
-- change), then one operation after another:
--   R <key> <value> <ttl, s> <mode>   a result: SET and PUBLISH, unless there is a final one ('state': any that is
--                                     ready; 'final': SUCCESS; 'first': any at all)
--   P <list> <message>                pushes a message
--   O <marker> <ttl, s> <words>       skips that many words if the marker is there; else sets it
--   S <group key> <size> <ttl, s>     the size of a chord, before its first member is pushed
--   V <key> <value> <ttl, s>          any other value in the results' database
--   F <group key>                     a chord whose body was started: its keys go, and late members count no more
--   C <group key> <index> <member key> <member> <ttl, s> <job id> <record>
--                                     counts a member of a chord; the last one makes the job that starts the body
--   B <list> <words>                  keeps words for the results' own server
-- Returns  nothing by itself; without a queue, the jobs that completed chords ask for: id and record in turn
-- Cost     O(words)
-- Atomic because a crash between the settlement and its result would leave a caller waiting.
local READY = {SUCCESS = true, FAILURE = true, REVOKED = true}

-- The state in a stored result; Celery writes `"status": "WORD"`. A key of another type counts as no result.
local function stored_state(key)
  local text = redis.pcall('GET', key)
  if type(text) ~= 'string' then return nil end
  return string.match(text, '^{"status": ?"(%u+)"') or string.match(text, '"status": ?"(%u+)"') or 'OTHER'
end

local function write_result(key, value, ttl, mode)
  local state = stored_state(key)
  if state == 'SUCCESS' or state and (mode == 'first' or mode == 'state' and READY[state]) then return end
  if ttl == '0' then redis.call('SET', key, value) else redis.call('SET', key, value, 'EX', ttl) end
  redis.call('PUBLISH', key, value)
end

local function keep(key, ttl) if ttl ~= '0' then redis.call('EXPIRE', key, ttl) end end

-- Whether all members of a chord are there, and none but this job is to start the body. `.c` is the claim that Celery
-- 5.7 takes too; a step that is repeated finds its own.
local function completes_chord(group, job)
  local size, more = redis.call('GET', group .. '.s'), redis.call('GET', group .. '.t')
  if not size or redis.call('ZCARD', group .. '.j') < tonumber(size) + tonumber(more or '0') then return false end
  return redis.call('SET', group .. '.c', job, 'NX', 'EX', 86400) and true or redis.call('GET', group .. '.c') == job
end

-- Counts a member. Returns false for one of a chord whose body was started.
local function add_member(group, index, member, value, ttl)
  if redis.call('GET', group .. '.c') == 'done' then return false end
  if redis.call('SADD', group .. '.d', member) == 1 then redis.call('ZADD', group .. '.j', index, value) end
  for _, part in ipairs({'.j', '.t', '.s', '.d', ''}) do keep(group .. part, ttl) end
  return true
end

local function set_chord_size(group, size, ttl)
  redis.call('DEL', group .. '.c')
  redis.call('SET', group .. '.s', size)
  keep(group .. '.s', ttl)
end

local function select(run, database)
  if database ~= run.selected then redis.call('SELECT', database) end
  run.selected = database
end

local function enqueue(run, id, record)
  select(run, run.home)
  if not run.q then
    run.asked[#run.asked + 1] = id
    run.asked[#run.asked + 1] = record
  elseif accept(run.q, id, record, run.now) == 1 then
    push_ready(run.q, id, 0, false)
    notify_worker(run.q)
  end
end

-- Each takes the position of its first word, and returns how many words it has used.
local OPERATIONS = {
  R = function(run, at)
    select(run, run.results)
    write_result(ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3])
    return 4
  end,
  P = function(run, at)
    select(run, run.broker)
    -- A list that is none any more must not undo a settlement half-way.
    redis.pcall('LPUSH', ARGV[at], ARGV[at + 1])
    return 2
  end,
  O = function(run, at)
    select(run, run.home)
    local is_first = redis.call('SET', ARGV[at], '1', 'NX', 'EX', ARGV[at + 1])
    return 3 + (is_first and 0 or tonumber(ARGV[at + 2]))
  end,
  S = function(run, at)
    select(run, run.results)
    set_chord_size(ARGV[at], ARGV[at + 1], ARGV[at + 2])
    return 3
  end,
  V = function(run, at)
    select(run, run.results)
    redis.call('SET', ARGV[at], ARGV[at + 1])
    keep(ARGV[at], ARGV[at + 2])
    return 3
  end,
  F = function(run, at)
    select(run, run.results)
    for _, part in ipairs({'.j', '.t', '.s', '.d'}) do redis.call('DEL', ARGV[at] .. part) end
    redis.call('SET', ARGV[at] .. '.c', 'done', 'EX', 300)
    return 1
  end,
  C = function(run, at)
    select(run, run.results)
    if add_member(ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], ARGV[at + 4])
      and completes_chord(ARGV[at], ARGV[at + 5])
    then enqueue(run, ARGV[at + 5], ARGV[at + 6]) end
    return 7
  end,
  B = function(run, at)
    select(run, run.home)
    redis.call('RPUSH', ARGV[at], ARGV[at + 1])
    return 2
  end,
}

local function extend(q, first, words, now)
  local run = {q = q, now = now, broker = ARGV[first], results = ARGV[first + 1], home = ARGV[first + 2], asked = {}}
  run.selected = run.home
  local at = first + 3
  while at < first + words do at = at + 1 + OPERATIONS[ARGV[at]](run, at + 1) end
  select(run, run.home)
  return run.asked
end
