-- store_schedule.lua: stores a new version of the schedule as the active one, after the version that its author has
-- seen.
-- KEYS[1]  string  number of the newest version
-- KEYS[2]  list    the versions, newest first: '<version> TAB <stored at, unix ms> TAB <author>', line break, text
-- KEYS[3]  string  number of leaderships so far
-- KEYS[4]  zset    digests of texts of versions that are kept no more -> number of the version, the newest 10 000
-- ARGV[1]  version that it is to follow; -1 for the newest
-- ARGV[2]  epoch of the scheduler that stores it; 0 when no scheduler does
-- ARGV[3]  how many versions are kept
-- ARGV[4]  now, unix ms
-- ARGV[5]  author, without tabs and line breaks
-- ARGV[6]  text of the schedule file
-- ARGV[7]  channel on which the script publishes 'schedule <version>' to the fleet
-- Returns  {'stored', its number}; {'same', the newest}: that one has this text; {'conflict', the newest}: another than
--          the expected one; {'stale', the newest}: stale epoch: a newer leader was elected. Only the first changed
--          anything
-- Cost     O(log n) in the digests, and the text
-- Atomic because when two operators apply at once one must get a conflict.
local number, versions = KEYS[1], KEYS[2]
local newest = tonumber(redis.call('GET', number) or '0')
local epoch = tonumber(ARGV[2])
if epoch > 0 and epoch < tonumber(redis.call('GET', KEYS[3]) or '0') then return {'stale', newest} end
local expected = tonumber(ARGV[1])
if expected >= 0 and expected ~= newest then return {'conflict', newest} end
local head = redis.call('LINDEX', versions, 0)
if head and string.match(head, '^[^\n]*\n(.*)$') == ARGV[6] then return {'same', newest} end
newest = newest + 1
redis.call('SET', number, newest)
redis.call('LPUSH', versions, newest .. '\t' .. ARGV[4] .. '\t' .. ARGV[5] .. '\n' .. ARGV[6])
if redis.call('LLEN', versions) > tonumber(ARGV[3]) then
  local last, text = string.match(redis.call('RPOP', versions), '^(%d+)\t[^\n]*\n(.*)$')
  if last then redis.call('ZADD', KEYS[4], last, redis.sha1hex(text)) end
  redis.call('ZREMRANGEBYRANK', KEYS[4], 0, -10001)
end
redis.call('PUBLISH', ARGV[7], 'schedule ' .. newest)
return {'stored', newest}
