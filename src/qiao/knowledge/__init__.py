"""Knowledge: articles for staff and customers, and how they are found."""

from qiao.knowledge.matching import holding
from qiao.knowledge.model import Article, Audience, Block, Hit, HitPage
from qiao.knowledge.model_counted import words_that_counted
from qiao.knowledge.model_ranking import Entry, Index, Match, Verdict, Why, verdict
from qiao.knowledge.operations import ArticleChangedMeanwhile, ensure_article, put_article
from qiao.knowledge.queries import article, articles_by_ids, articles_mark, every_article, search
from qiao.knowledge.shelf import Shelf
from qiao.knowledge.splitting import asked, folded, tokens

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
    "Shelf",
    "Verdict",
    "Why",
    "article",
    "articles_by_ids",
    "articles_mark",
    "asked",
    "ensure_article",
    "every_article",
    "folded",
    "holding",
    "put_article",
    "search",
    "tokens",
    "verdict",
    "words_that_counted",
]
