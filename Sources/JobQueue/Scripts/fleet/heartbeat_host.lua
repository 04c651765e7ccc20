-- heartbeat_host.lua: stores the report of one host, and returns what a host needs to know of the fleet.
-- KEYS[1]  hash    hosts: id -> '<time of its heartbeat, unix ms> <report, JSON>'
-- KEYS[2]  hash    processes that operators have set: pool -> number
-- KEYS[3]  hash    processes that autoscaling has set: pool -> number
-- KEYS[4]  string  number of rolling restarts that were asked for
-- ARGV[1]  id of the host
-- ARGV[2]  its report, JSON
-- ARGV[3]  now, unix ms
-- ARGV[4]  how long the report of a silent host is kept, ms
-- Returns  {the stored report that this one replaces, or false; hosts; set by operators; set by autoscaling: each
--          names and values in turn; number of restarts, or false}
-- Cost     O(hosts and pools)
-- Atomic because all hosts must share out by what was so at one moment.
local hosts, now, keep = KEYS[1], tonumber(ARGV[3]), tonumber(ARGV[4])
local MOST_HOSTS = 1000
local before = redis.call('HGET', hosts, ARGV[1])
redis.call('HSET', hosts, ARGV[1], ARGV[3] .. ' ' .. ARGV[2])
redis.call('PEXPIRE', hosts, keep)
local all, kept = redis.call('HGETALL', hosts), {}
for i = 1, math.min(#all, 2 * MOST_HOSTS), 2 do
  local at = tonumber(string.match(all[i + 1], '^%d+')) or 0
  -- A time ahead of the clock was written before the clock was set back.
  if math.abs(now - at) > keep then
    redis.call('HDEL', hosts, all[i])
  else
    kept[#kept + 1], kept[#kept + 2] = all[i], all[i + 1]
  end
end
return {before, kept, redis.call('HGETALL', KEYS[2]), redis.call('HGETALL', KEYS[3]), redis.call('GET', KEYS[4])}
