"""The only room with a Redis client: hot subtrees, structure apart from numbers (docs/caching.md)."""

from app.cache.refresh import CacheRefresher
from app.cache.store import CacheDownError, RedisStore, open_store
from app.cache.streams import EventStreams, Held
from app.cache.subtrees import Loaded, Served, ServedPage, SubtreeCache

__all__ = [
    "CacheDownError",
    "CacheRefresher",
    "EventStreams",
    "Held",
    "Loaded",
    "RedisStore",
    "Served",
    "ServedPage",
    "SubtreeCache",
    "open_store",
]
