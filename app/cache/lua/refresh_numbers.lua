-- Renew the numbers that are kept; none is made. 0 when the generation is not the caller's.
-- ARGV: prefix, generation, (ix, value)...
local prefix, generation = ARGV[1], ARGV[2]
if redis.call('GET', prefix .. ':gen') ~= generation then return 0 end
for i = 3, #ARGV, 2 do
  redis.call('SET', prefix .. ':num:' .. generation .. ':' .. ARGV[i], ARGV[i + 1], 'XX', 'KEEPTTL')
end
return 1
