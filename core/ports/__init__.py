"""The interfaces between the parts: what a lobe or tool may ask of the shop, of the models and of the readers.

The SQL implementations are in ``core/database``; an application with its own back end implements these instead.
"""

from seamless_retail.core.ports.desks import (
    CartDesk,
    Checkout,
    FoodCheck,
    OrderDesk,
    PaymentProvider,
    PointsDesk,
    Proposals,
)
from seamless_retail.core.ports.languages import LanguageGuess, LanguageIdentifier, Translator
from seamless_retail.core.ports.models import (
    DemandForecaster,
    InjectionScorer,
    IntentClassifier,
    NextItem,
    SalesHistory,
    TextScreen,
)
from seamless_retail.core.ports.moods import HandoverDesk, MoodReader
from seamless_retail.core.ports.reading import (
    NOT_STATED,
    ConversationMemory,
    MemoryReader,
    QueryReader,
    ReadablePassage,
    ReaderAnswer,
)
from seamless_retail.core.ports.shop import Catalogue, Customers, Loyalty, Orders, Policies, Shop, Stockroom, Vocabulary
from seamless_retail.core.ports.sight import ImageClassifier, ImageEncoder, ProductSight

__all__ = [
    "NOT_STATED",
    "CartDesk",
    "Catalogue",
    "Checkout",
    "ConversationMemory",
    "Customers",
    "DemandForecaster",
    "FoodCheck",
    "HandoverDesk",
    "ImageClassifier",
    "ImageEncoder",
    "InjectionScorer",
    "IntentClassifier",
    "LanguageGuess",
    "LanguageIdentifier",
    "Loyalty",
    "MemoryReader",
    "MoodReader",
    "NextItem",
    "OrderDesk",
    "Orders",
    "PaymentProvider",
    "PointsDesk",
    "Policies",
    "ProductSight",
    "Proposals",
    "QueryReader",
    "ReadablePassage",
    "ReaderAnswer",
    "SalesHistory",
    "Shop",
    "Stockroom",
    "TextScreen",
    "Translator",
    "Vocabulary",
]
