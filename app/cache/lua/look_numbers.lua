-- One look for the numbers of many people. ARGV: prefix, ix...
-- Answer: nothing without a generation; else generation, mark, done, then one value or false for each ix.
local prefix = ARGV[1]
local generation = redis.call('GET', prefix .. ':gen')
if not generation then return {} end
local mark = redis.call('GET', prefix .. ':mark:' .. generation)
local done = redis.call('GET', prefix .. ':done:' .. generation)
if not mark or not done then return {} end
local answer = {generation, mark, done}
for i = 2, #ARGV do
  answer[i + 2] = redis.call('GET', prefix .. ':num:' .. generation .. ':' .. ARGV[i])
end
return answer
