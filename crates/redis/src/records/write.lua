-- KEYS[1]: a record's key. ARGV[1]: version as 20 digits, then the record. ARGV[2]: milliseconds.
-- pcall: what another program put there may be no string at all.
local held = redis.pcall('GETRANGE', KEYS[1], 0, 19)
if type(held) == 'string' and #held == 20 and string.find(held, '^%d+$')
    and held > string.sub(ARGV[1], 1, 20) then
    return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
