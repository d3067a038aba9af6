"""Knowledge at the desk: find an article in words, read it, and write one with the right to."""

from typing import Any, Final, cast
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from qiao import knowledge, staff
from qiao.desk.case_told import agent_ids
from qiao.desk.forms import AnyRequest, cursor, plain
from qiao.desk.typed import NOTHING_TYPED, Typed, Wrong, in_fields, read, say, sentence
from qiao.kernel.ids import AgentId, ArticleId
from qiao.kernel.languages import LANGUAGES, N_, OWN_NAMES
from qiao.kernel.refused import NotFound, Refused
from qiao.knowledge import Article, Audience
from qiao.platform import audit
from qiao.platform.database import Transaction
from qiao.platform.policy import Access
from qiao.platform.web import house_of, language_of, page, redirect, require_actor

READS: Final = {"access": Access(audience="staff", right="knowledge.read")}
WRITES: Final = {"access": Access(audience="staff", right="knowledge.write")}
SHOWN: Final = 20

AUDIENCES: Final = {"staff": N_("for staff only"), "customer": N_("for customers too")}


@get("/desk/knowledge", opt=READS, include_in_schema=False)
async def find(request: AnyRequest) -> Response[str]:
    """What there is on the words asked for; the newest first where nothing is asked."""
    query = plain(request.query_params.get("q", ""))
    before = cursor(request.query_params.get("before", ""))
    async with house_of(request).database.transaction() as tx:
        found = await knowledge.search(
            tx, query=query, audience="staff", language=language_of(request), limit=SHOWN, before=before
        )
    template = "desk/knowledge_hits.html" if request.headers.get("hx-request") else "desk/knowledge.html"
    return page(
        request,
        template,
        query=query,
        found=found,
        onward=before is not None,
        spoken=OWN_NAMES,
        audiences=AUDIENCES,
        may_write=may_write(request),
    )


def may_write(request: AnyRequest) -> bool:
    """Whether the reader may change what he reads."""
    return "knowledge.write" in require_actor(request).rights


@get("/desk/knowledge/{article_id:uuid}", opt=READS, include_in_schema=False)
async def show(request: AnyRequest, article_id: FromPath[UUID]) -> Response[str]:
    """One article; as a part, to be read beside a conversation."""
    async with house_of(request).database.transaction() as tx:
        article = await knowledge.article(tx, ArticleId(article_id))
        by = await _writer(tx, article)
    template = "desk/knowledge_article.html" if request.headers.get("hx-request") else "desk/knowledge_page.html"
    return page(
        request,
        template,
        article=article,
        by=by,
        spoken=OWN_NAMES,
        audiences=AUDIENCES,
        may_write=may_write(request),
        zone=house_of(request).settings.default_zone,
    )


async def _writer(tx: Transaction, article: Article) -> str:
    found = await staff.agents_by_ids(tx, [AgentId(one) for one in agent_ids([article.updated_by])])
    return next((agent.name for agent in found.values()), "")


@get("/desk/knowledge/new", opt=WRITES, include_in_schema=False)
async def new(request: AnyRequest) -> Response[str]:
    """An empty article."""
    return _form(request, article_id=None)


@get("/desk/knowledge/{article_id:uuid}/edit", opt=WRITES, include_in_schema=False)
async def edit(request: AnyRequest, article_id: FromPath[UUID]) -> Response[str]:
    """An article to be changed."""
    async with house_of(request).database.transaction() as tx:
        article = await knowledge.article(tx, ArticleId(article_id))
    written = {
        "title": (article.title,),
        "body": (article.body,),
        "language": (article.language,),
        "audience": (article.audience,),
        "tags": (", ".join(article.tags),),
        "version": (str(article.version),),
    }
    return _form(request, article_id=article_id, typed=Typed(written))


@post("/desk/knowledge", opt=WRITES, include_in_schema=False, status_code=200)
async def write(request: AnyRequest) -> Response[Any]:
    """Keep a new article."""
    return await _keep(request, None)


@post("/desk/knowledge/{article_id:uuid}", opt=WRITES, include_in_schema=False, status_code=200)
async def rewrite(request: AnyRequest, article_id: FromPath[UUID]) -> Response[Any]:
    """Keep a new version of an article."""
    return await _keep(request, article_id)


async def _keep(request: AnyRequest, article_id: UUID | None) -> Response[Any]:
    actor, typed = require_actor(request), await read(request)
    version = typed["version"]
    try:
        async with house_of(request).database.transaction() as tx:
            kept = await knowledge.put_article(
                tx,
                id=ArticleId(article_id) if article_id else None,
                title=typed["title"],
                body=typed["body"],
                language=typed["language"],
                audience=cast("Audience", typed["audience"]),
                tags=tags_in(typed["tags"]),
                by=actor.reference,
                seen_version=int(version) if version.isascii() and version.isdecimal() and len(version) < 9 else None,
            )
            await audit.record(
                tx,
                actor=actor.reference,
                act="do.write_article",
                unit_id=actor.unit_id,
                subject=f"article:{kept}",
                once=False,
            )
    except NotFound:
        raise
    except Refused as refused:
        return _form(request, article_id=article_id, typed=typed, refused=refused)
    return redirect(request, f"/desk/knowledge/{kept}")


def tags_in(typed: str) -> list[str]:
    """Tags as people separate them."""
    for sign in ("，", "、", "；", ";", "\n", "\x00"):
        typed = typed.replace(sign, ",")
    return [tag.strip() for tag in typed.split(",") if tag.strip()]


def _form(
    request: AnyRequest, *, article_id: UUID | None, typed: Typed = NOTHING_TYPED, refused: Refused | None = None
) -> Response[str]:
    wrong = in_fields(request, refused) if refused else Wrong()
    partly = bool(request.headers.get("hx-request"))
    answer = page(
        request,
        "desk/knowledge_form.html" if partly else "desk/knowledge_edit.html",
        status=refused.status if refused else 200,
        article_id=article_id,
        typed=typed,
        wrong=wrong,
        refused=sentence(request, refused) if refused and not wrong else "",
        languages=[(code, OWN_NAMES[code]) for code in LANGUAGES],
        audience_choices=[(code, say(request, text)) for code, text in AUDIENCES.items()],
    )
    if refused is not None:
        answer.headers["X-Refusal-Code"] = refused.code
    return answer


ROUTES: Final = (find, show, new, edit, write, rewrite)
