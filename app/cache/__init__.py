"""The only room with a Redis client: hot subtrees, structure apart from numbers (docs/caching.md), deliveries of
events, questions that one process answers for all, and messages that all hear."""

from app.cache.asking import Answers, Questions
from app.cache.hearing import Listener, Teller
from app.cache.models import Loaded, Served, ServedPage
from app.cache.refresh import CacheRefresher
from app.cache.store import CacheDownError, RedisStore, open_store
from app.cache.streams import EventStreams, Held
from app.cache.subtrees import SubtreeCache

__all__ = [
    "Answers",
    "CacheDownError",
    "CacheRefresher",
    "EventStreams",
    "Held",
    "Listener",
    "Loaded",
    "Questions",
    "RedisStore",
    "Served",
    "ServedPage",
    "SubtreeCache",
    "Teller",
    "open_store",
]
