-- bin.lua: how jobs were before a person's change, so that it can be undone. What a script notes here, its logged form
-- (operation.lua) puts into the bin of the queue; where a program makes the change, nothing is kept.
-- Includes unique
-- Returns  nothing by itself
-- Cost     of each function O(log n), and the length of the record
-- Atomic because it runs within the script that includes it.
local moves, moves_for_good, is_unchanged = {}, 0, false

-- The lock of a job's unique key as it is stored; nil when the job has none.
local function lock_text(q, id, record)
  local options = locks_of(record)
  local key = options and options.unique
  if not key or unique_holder(q, key) ~= id then return nil end
  return redis.call('HGET', q.locks, 'u:' .. key) or nil
end

-- Notes a job before it changes. `place` is the key that holds it, or 'none'; `at` its score there, its member of
-- parked, or 'head' or 'tail' of the ready list; `next` where the change leaves it; `counts` counters that the change
-- raises, name -> by how much; `other` is true for a job of the script's second queue. A child whose parent is told
-- of its end does not come back, and neither does what has no record.
local function note_move(q, id, record, place, at, next, counts, other)
  local options = record and is_unfinished(state_code(record)) and locks_of(record)
  if place ~= 'none' and (not record or options and options.batch) then
    moves_for_good = moves_for_good + 1
    return
  end
  moves[#moves + 1] = {
    jobs = q.jobs, id = id, record = record or nil, place = place, at = at or '', next = next, counts = counts,
    other = other, lock = record and lock_text(q, id, record) or nil,
  }
end

-- Notes that a job was changed in a way that is not undone.
local function note_for_good() moves_for_good = moves_for_good + 1 end

-- Notes that the script changes nothing, whatever it answers.
local function note_unchanged() is_unchanged = true end

-- Called when nothing is changed after all.
local function drop_moves() moves, moves_for_good = {}, 0 end

-- Where an unfinished job that does not run is, and its score or member there.
local function waiting_place(q, id)
  local member = redis.call('HGET', q.locks, 'a:' .. id)
  if member then return 'parked', member end
  for _, place in ipairs({'scheduled', 'retrying', 'ranked'}) do
    local score = redis.call('ZSCORE', q[place], id)
    if score then return place, score end
  end
  return 'ready', 'tail'
end

-- Puts what was noted into the bin of an operation, as far as there is room: at most `most` jobs of 64 MiB. Returns how
-- many are in it, and how many are changed for good.
local function fill_bin(bin, binned, operation, most)
  local bytes = tonumber(redis.call('HGET', binned, '#bytes') or '0')
  local room, kept = most - redis.call('ZCARD', bin), 0
  for i, move in ipairs(moves) do
    local record = redis.call('HGET', move.jobs, move.id)
    local text = encode({
      record = move.record, place = move.place, at = move.at, lock = move.lock, next = move.next,
      other = move.other and string.match(move.jobs, '{(.-)}') or nil,
      counts = move.counts, digest = record and redis.sha1hex(record) or nil,
    })
    if kept < room and bytes + #text <= 67108864 then
      local member = operation .. ' ' .. string.format('%05d', i) .. ' ' .. move.id
      redis.call('ZADD', bin, 0, member)
      redis.call('HSET', binned, member, text)
      bytes, kept = bytes + #text, kept + 1
    end
  end
  if kept > 0 then redis.call('HSET', binned, '#bytes', string.format('%.0f', bytes)) end
  return kept, #moves + moves_for_good - kept
end
