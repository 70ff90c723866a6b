-- Keep a page, its version and its root's ix, unless a refresh began since the look; the caller's claim ends in any case.
-- 1 when kept, 0 when a refresh came, -1 when Redis is nearly full and the page is not worth the room.
-- ARGV: prefix, generation, mark, tree, id, ix, shape, version, page, lifetime ms, the caller's word, 1 where it's worth it
local prefix, generation, mark, tree, id, ix, shape, version, page, life, word, worth = unpack(ARGV)
local claim = prefix .. ':load:' .. tree .. ':' .. id .. ':' .. shape .. ':' .. generation .. ':' .. mark
if redis.call('GET', claim) == word then redis.call('DEL', claim) end
if redis.call('GET', prefix .. ':gen') ~= generation then return 0 end
if redis.call('GET', prefix .. ':mark:' .. generation) ~= mark then return 0 end
local version_key = prefix .. ':ver:' .. generation .. ':' .. tree .. ':' .. ix
local known = redis.call('GET', version_key)
if known and tonumber(known) > tonumber(version) then return 0 end
if worth == '0' then
  local memory = redis.call('INFO', 'memory')
  local used, most = tonumber(memory:match('used_memory:(%d+)')), tonumber(memory:match('maxmemory:(%d+)'))
  if most > 0 and used > 0.8 * most then return -1 end
end
redis.call('SET', prefix .. ':ix:' .. generation .. ':' .. id, ix, 'PX', life)
redis.call('SET', version_key, version, 'PX', life)
redis.call('SET', prefix .. ':page:' .. tree .. ':' .. ix .. ':' .. shape .. ':' .. generation .. ':' .. version, page, 'PX', life)
return 1
