-- Raise the versions that are kept; none is made. 0 when the generation is not the caller's.
-- ARGV: prefix, generation, tree, (ix, version)...
local prefix, generation, tree = ARGV[1], ARGV[2], ARGV[3]
if redis.call('GET', prefix .. ':gen') ~= generation then return 0 end
for i = 4, #ARGV, 2 do
  local key = prefix .. ':ver:' .. generation .. ':' .. tree .. ':' .. ARGV[i]
  local known = redis.call('GET', key)
  if known and tonumber(known) < tonumber(ARGV[i + 1]) then redis.call('SET', key, ARGV[i + 1], 'KEEPTTL') end
end
return 1
