-- commit_paper.lua: commits one change of the paper exchange, computed by the caller from the state at one version.
-- KEYS[1]  hash  account: version, available:<currency>, hold:<currency>
-- KEYS[2]  hash  resting orders: order id -> record
-- KEYS[3]  hash  terminal orders: order id -> record
-- KEYS[4]  zset  order id -> creation time, unix ms
-- ARGV[1]  version that the change was computed from; 0 for an account that does not exist
-- ARGV[2]  id of the new order, or '' when there is none
-- ARGV[3]  creation time of the new order, unix ms
-- ARGV[4]  most orders to remember
-- ARGV[5]  number n of account fields, then n times: field, value (decimal text; never computed with here)
-- ARGV[..] for each changed order, at most 501: id, 'open' or 'closed', record
-- Returns  {1, ''} committed; {0, ''} the version had moved on and nothing changed;
--          {2, record} the new order's id exists already and nothing changed
-- Cost     O(changed orders + log n); at most 501 steps to find an order to forget
-- Atomic because balances, holds and orders must change together, from the very state that was read.
local account, open, closed, timeline = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local version, new_id, created_ms, limit = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
if new_id ~= '' then
  local first = redis.call('HGET', open, new_id) or redis.call('HGET', closed, new_id)
  if first then return {2, first} end
end
if (redis.call('HGET', account, 'version') or '0') ~= version then return {0, ''} end
redis.call('HINCRBY', account, 'version', 1)
-- Before anything is written, so that an order which ends in this very commit is not the one to be forgotten. No more
-- than 500 orders rest at a time, so one of the 501 oldest is over.
if new_id ~= '' and redis.call('ZCARD', timeline) >= limit then
  for _, id in ipairs(redis.call('ZRANGE', timeline, 0, 500)) do
    if redis.call('HDEL', closed, id) == 1 then
      redis.call('ZREM', timeline, id)
      break
    end
  end
end
local fields = tonumber(ARGV[5])
for index = 6, 5 + 2 * fields, 2 do
  redis.call('HSET', account, ARGV[index], ARGV[index + 1])
end
for index = 6 + 2 * fields, #ARGV, 3 do
  local id, place, record = ARGV[index], ARGV[index + 1], ARGV[index + 2]
  if place == 'open' then
    redis.call('HSET', open, id, record)
  else
    redis.call('HDEL', open, id)
    redis.call('HSET', closed, id, record)
  end
end
if new_id ~= '' then redis.call('ZADD', timeline, created_ms, new_id) end
return {1, ''}
