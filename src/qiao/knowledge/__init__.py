"""Knowledge: articles for staff and customers, and how they are found."""

from qiao.knowledge.matching import holding
from qiao.knowledge.model import Article, Audience, Block, Hit, HitPage
from qiao.knowledge.model_ranking import Entry, Index, Match, Verdict, Why, verdict
from qiao.knowledge.operations import ArticleChangedMeanwhile, ensure_article, put_article
from qiao.knowledge.queries import article, search
from qiao.knowledge.splitting import asked, tokens

__all__ = [
    "Article",
    "ArticleChangedMeanwhile",
    "Audience",
    "Block",
    "Entry",
    "Hit",
    "HitPage",
    "Index",
    "Match",
    "Verdict",
    "Why",
    "article",
    "asked",
    "ensure_article",
    "holding",
    "put_article",
    "search",
    "tokens",
    "verdict",
]
