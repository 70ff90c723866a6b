-- One look for a page with the numbers of those on it, and the claim to load it: of those who look at one standing of the
-- cache one gets it.
-- KEYS: none are fixed; all share the prefix's hash tag. ARGV: prefix, tree, id, shape, the caller's word, how long a claim
-- holds ms, how near its end a page is loaded anew ms, number of the time in which asks are counted (0: this one is not),
-- bucket of the count, how long counts live ms, 1 where numbers are wanted.
-- Answer: nothing without a generation; else generation, mark, done, the page or false, 1 when the caller is to load it,
-- how often it was asked for lately and not found, a fact and when it was recorded ('120:1767225600000', or false), and the
-- numbers of those in the page's first line, as look_numbers has them; of no page none.
local prefix, tree, id, shape, word, hold, early, window, bucket, lately, numbered = unpack(ARGV)
local generation = redis.call('GET', prefix .. ':gen')
if not generation then return {} end
local mark = redis.call('GET', prefix .. ':mark:' .. generation)
local done = redis.call('GET', prefix .. ':done:' .. generation)
if not mark or not done then return {} end

local function claimed()
  local claim = prefix .. ':load:' .. tree .. ':' .. id .. ':' .. shape .. ':' .. generation .. ':' .. mark
  return redis.call('SET', claim, word, 'NX', 'PX', hold) and 1 or 0
end

local function kept()
  local ix = redis.call('GET', prefix .. ':ix:' .. generation .. ':' .. id)
  if not ix then return false end
  local version = redis.call('GET', prefix .. ':ver:' .. generation .. ':' .. tree .. ':' .. ix)
  if not version then return false end
  local key = prefix .. ':page:' .. tree .. ':' .. ix .. ':' .. shape .. ':' .. generation .. ':' .. version
  return redis.call('GET', key), key
end

local function asked()
  if window == '0' then return 1 end
  local counts = prefix .. ':asks:' .. window
  local asks = redis.call('HINCRBY', counts, bucket, 1)
  redis.call('PEXPIRE', counts, lately)
  return asks + (redis.call('HGET', prefix .. ':asks:' .. (tonumber(window) - 1), bucket) or 0)
end

local function numbers(ixs)
  local found = {}
  for ix in ixs:gmatch('%d+') do
    found[#found + 1] = redis.call('GET', prefix .. ':num:' .. generation .. ':' .. ix) or 'null'
  end
  return table.concat(found, ',')
end

local at = redis.call('GET', prefix .. ':at:' .. generation)
local page, key = kept()
if not page then return {generation, mark, done, false, claimed(), asked(), at, ''} end
local ends = redis.call('PTTL', key) < tonumber(early)
local wanted = numbered == '1' and numbers(page:sub(1, page:find('\n', 1, true))) or ''
return {generation, mark, done, page, ends and claimed() or 0, 0, at, wanted}
