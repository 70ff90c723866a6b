-- Leave an answer for whoever waits for it. ARGV: prefix, its name, the answer, lifetime ms
local key = ARGV[1] .. ':' .. ARGV[2]
redis.call('RPUSH', key, ARGV[3])
redis.call('PEXPIRE', key, ARGV[4])
return 1
