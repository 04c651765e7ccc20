-- order_worker.lua: tells one worker to take no more jobs, to take jobs again, or to end.
-- KEYS[1]  hash  orders of operators: worker -> quiet, run or stop
-- ARGV[1]  worker
-- ARGV[2]  order
-- ARGV[3]  how long orders are kept after the last one, ms
-- ARGV[4]  channel on which the script publishes 'worker <worker>'
-- ARGV[5]  what it must have been told last, or '' for anything
-- Returns  {'set'}; {'same'}: it had been told that, or nothing and is to take jobs; {'moved', what it was told last or
--          ''}: nothing was changed
-- Cost     O(1)
-- Atomic because a worker that hears the message must find the order.
local orders = KEYS[1]
local last = redis.call('HGET', orders, ARGV[1]) or ''
if last == ARGV[2] then return {'same'} end
if ARGV[5] ~= '' and last ~= ARGV[5] then return {'moved', last} end
local is_news = last ~= '' or ARGV[2] ~= 'run'
redis.call('HSET', orders, ARGV[1], ARGV[2])
redis.call('PEXPIRE', orders, ARGV[3])
redis.call('PUBLISH', ARGV[4], 'worker ' .. ARGV[1])
return {is_news and 'set' or 'same'}
