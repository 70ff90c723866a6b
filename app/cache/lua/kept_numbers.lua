-- Which of these people's numbers are kept. ARGV: prefix, generation, ix...
local kept = {}
for i = 3, #ARGV do
  if redis.call('EXISTS', ARGV[1] .. ':num:' .. ARGV[2] .. ':' .. ARGV[i]) == 1 then kept[#kept + 1] = ARGV[i] end
end
return kept
