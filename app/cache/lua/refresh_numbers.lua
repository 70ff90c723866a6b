-- Renew the numbers that are kept; none is made. 0 when the generation is not the caller's.
-- ARGV: prefix, generation, inner numbers with a space between, and their values in lines
local prefix, generation = ARGV[1], ARGV[2]
if redis.call('GET', prefix .. ':gen') ~= generation then return 0 end
local values = ARGV[4]:gmatch('[^\n]+')
for ix in ARGV[3]:gmatch('%d+') do
  redis.call('SET', prefix .. ':num:' .. generation .. ':' .. ix, values(), 'XX', 'KEEPTTL')
end
return 1
