"""The only room with a Redis client: hot subtrees, structure apart from numbers (docs/caching.md), deliveries of
events, and questions that one process answers for all."""

from app.cache.asking import Answers, Questions
from app.cache.refresh import CacheRefresher
from app.cache.store import CacheDownError, RedisStore, open_store
from app.cache.streams import EventStreams, Held
from app.cache.subtrees import Loaded, Served, ServedPage, SubtreeCache

__all__ = [
    "Answers",
    "CacheDownError",
    "CacheRefresher",
    "EventStreams",
    "Held",
    "Loaded",
    "Questions",
    "RedisStore",
    "Served",
    "ServedPage",
    "SubtreeCache",
    "open_store",
]
