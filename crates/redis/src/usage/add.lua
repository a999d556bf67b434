-- KEYS[1]: where a writer's last batch is remembered; the others: a hash each, some more than once.
-- ARGV: the batch's number in 20 digits, for how many milliseconds to remember it, for how many
-- seconds a hash is kept that nobody adds to; then a field and a count for each hash.
local last = redis.pcall('GET', KEYS[1])
if type(last) == 'string' and #last == 20 and last >= ARGV[1] then
    return 0
end
for i = 2, #KEYS do
    -- pcall: a key that holds something else must not keep the others from being counted.
    redis.pcall('HINCRBY', KEYS[i], ARGV[2 * i], ARGV[2 * i + 1])
    redis.pcall('EXPIRE', KEYS[i], ARGV[3])
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
