"""Who may come in where: one hand-written rule for every route of the house.

Written from what the house promises, not from what the code says. A rule names who comes in; everybody else is turned
away at the door of that side. About a contact, a case, an offer or a colleague it also names on what basis and at what
level of proof. `answers` stands where a route asks for something else first and everybody is told the same.

Roles: agents talk to customers; a team leader also looks over his team's shoulders; a planner sees figures and an
administrator settings, and neither ever sees a customer.
"""

from dataclasses import dataclass
from typing import Final, Literal

Answer = str
"""opens | sign_in | not_allowed | not_found | not_proven, or the code of another refusal."""
About = Literal["", "contact", "matter", "case", "offer", "colleague", "own_matter"]

AGENTS: Final = frozenset({"agent", "senior_agent", "complaint_specialist", "team_leader"})
LEADERS: Final = frozenset({"team_leader"})
STAFF: Final = AGENTS | {"planner", "administrator"}
CUSTOMER: Final = frozenset({"customer"})
NOBODY: Final = frozenset({"nobody"})
EVERYBODY: Final = STAFF | CUSTOMER | NOBODY
READERS: Final = STAFF
WRITERS: Final = frozenset({"team_leader", "administrator"})

LOOK: Final = frozenset({"own", "colleague"})
"""The contact is in his own hands, or in those of a colleague whom he leads."""
ACT: Final = frozenset({"own"})
CASE_LOOK: Final = frozenset({"owner", "desk", "own", "colleague"})
"""He owns the case, it lies on a desk of his, its customer is with him now, or he leads its owner."""
CASE_ACT: Final = frozenset({"owner", "desk", "own"})


@dataclass(frozen=True)
class Rule:
    """What these routes answer to whom."""

    routes: tuple[str, ...]
    who: frozenset[str]
    door: Literal["", "desk", "portal"] = ""
    about: About = ""
    bases: frozenset[str] = frozenset()
    level: int = 0
    answers: Answer = "opens"


CONTACT: Final = "/desk/contacts/{interaction_id}"
AGENT_TELEPHONE: Final = "/desk/team/agents/{agent_id}/telephone"
CASE: Final = "/desk/cases/{case_id}"
ACTS: Final = (
    *("note", "words", "fact", "strike", "tried", "declare", "take-over", "hand", "promise", "keep", "told"),
    *("severity", "resolve", "reopen", "ask", "take-back", "read", "link"),
    *("move", "relate", "apart", "merge", "split", "watch", "unwatch", "end-step"),
    *("compensate", "word", "platform", "call"),
)

RULES: Final = (
    # The house itself, and what a browser needs before anybody has signed in
    Rule(
        ("GET /healthz", "GET /readyz", "GET /metrics", "GET /ui/style", "GET /demo/handset", "POST /demo/handset"),
        EVERYBODY,
    ),
    Rule(("GET /static/{name}", "GET /docs/{path}"), EVERYBODY, answers="not_found"),
    # The demo's dial pad: this house has no calls
    Rule(("POST /demo/handset/telephone", "WS /demo/handset/sip"), EVERYBODY, answers="not_found"),
    Rule(("GET /pay/return", "POST /pay/notice"), EVERYBODY, answers="platform.link_not_valid"),
    Rule(("POST /ui/theme", "POST /desk/ui/theme", "POST /ui/language", "POST /desk/ui/language"), EVERYBODY),
    Rule(("POST /ui/elderly",), EVERYBODY),
    Rule(("GET /docs", "GET /docs/elements", "GET /docs/swagger", "GET /docs/rapidoc", "GET /docs/redoc"), EVERYBODY),
    Rule(("GET /docs/openapi.yaml", "GET /docs/openapi.yml", "GET /docs/openapi.json"), EVERYBODY),
    Rule(("GET /docs/oauth2-redirect.html",), EVERYBODY),
    # Chat: open to every page of a site; a token, a ticket, a session or a signed address opens a conversation
    Rule(
        ("GET /chat/widget.js", "GET /chat/assets/{name}", "GET /chat/texts/{language}", "GET /chat/frame"), EVERYBODY
    ),
    Rule(("POST /chat/visits",), EVERYBODY),
    Rule(
        ("POST /chat/messages", "POST /chat/leave", "POST /chat/poll", "POST /chat/files", "WS /chat/ws"),
        EVERYBODY,
        answers="chat.visit_not_known",
    ),
    Rule(("GET /chat/files/{file_id}",), EVERYBODY, answers="not_found"),
    Rule(("GET /chat/plain", "POST /chat/plain"), CUSTOMER, "portal"),
    # The customers' own pages
    Rule(("GET /sign-in", "POST /sign-in"), EVERYBODY),
    Rule(("GET /sign-in/code", "POST /sign-in/code", "POST /sign-in/again"), EVERYBODY, answers="sign_in"),
    Rule(("GET /", "POST /sign-out", "GET /talk", "GET /matters"), CUSTOMER, "portal"),
    Rule(("GET /me/bill", "GET /me/services", "POST /me/services/cancel"), CUSTOMER, "portal"),
    Rule(("GET /me/do", "GET /me/do/{service_code}", "GET /me/orders", "GET /me/digits"), CUSTOMER, "portal"),
    Rule(("POST /me/do/{service_code}", "POST /me/digits", "POST /me/digits/again"), CUSTOMER, "portal"),
    Rule(("GET /me/orders/{order_id}",), CUSTOMER, "portal", answers="not_found"),
    Rule(("GET /me/help/{flow_code}", "POST /me/large", "POST /me/person-first"), CUSTOMER, "portal"),
    Rule(
        ("GET /me/help/{flow_code}/{session_id}", "POST /me/help/{flow_code}/{session_id}"),
        CUSTOMER,
        "portal",
        answers="not_found",
    ),
    Rule(("GET /me/messages", "POST /me/messages", "POST /me/call-back"), CUSTOMER, "portal"),
    Rule(
        ("GET /matters/{case_id}", "POST /matters/{case_id}/answer", "POST /matters/{case_id}/add"),
        CUSTOMER,
        "portal",
        "own_matter",
    ),
    Rule(("POST /matters/{case_id}/confirm", "POST /matters/{case_id}/rate"), CUSTOMER, "portal", "own_matter"),
    Rule(("GET /confirm/{token}", "POST /confirm/{token}"), EVERYBODY, answers="platform.link_not_valid"),
    # The desk: himself
    Rule(("GET /desk/sign-in", "POST /desk/sign-in"), EVERYBODY),
    Rule(("POST /desk/sign-out", "POST /desk/lock"), STAFF, "desk"),
    Rule(("GET /desk/second-factor", "POST /desk/second-factor", "POST /desk/second-factor/begin"), STAFF, "desk"),
    Rule(("GET /desk", "GET /desk/work", "GET /desk/presence", "WS /desk/stream"), STAFF, "desk"),
    Rule(("GET /desk/go", "GET /desk/search"), STAFF, "desk"),
    Rule(("POST /desk/presence", "POST /desk/presence/seat"), AGENTS, "desk"),
    # The desk: the telephone; whoever is not in the call finds none
    Rule(("GET /desk/phone", "GET /desk/phone/calls", "GET /desk/phone/phrases", "WS /sip-ws"), AGENTS, "desk"),
    Rule(("GET /desk/phone/place", "GET /desk/telephone"), AGENTS, "desk"),
    Rule(("POST /desk/phone/place",), AGENTS, "desk", answers="kernel.input_not_understood"),
    Rule(("POST /desk/telephone/{verb}",), AGENTS, "desk", answers="not_found"),
    Rule((f"GET {AGENT_TELEPHONE}",), LEADERS | {"administrator"}, "desk", "colleague"),
    Rule((f"POST {AGENT_TELEPHONE}/{{verb}}",), LEADERS | {"administrator"}, "desk", answers="not_found"),
    Rule(("POST /desk/phone/credential",), AGENTS, "desk", answers="voice.telephone_away"),
    Rule(
        (
            "GET /desk/phone/{interaction_id}/colleagues",
            "POST /desk/phone/{interaction_id}/phrases",
            "POST /desk/phone/{interaction_id}/{verb}",
        ),
        AGENTS,
        "desk",
        answers="not_found",
    ),
    Rule(("POST /desk/phone/{interaction_id}/lead/{verb}",), LEADERS, "desk", answers="not_found"),
    # The desk: a contact
    Rule((f"POST {CONTACT}/accept", f"POST {CONTACT}/decline"), AGENTS, "desk", "offer"),
    Rule(
        (
            f"GET {CONTACT}",
            f"GET {CONTACT}/head",
            f"GET {CONTACT}/stream",
            f"GET {CONTACT}/older",
            f"GET {CONTACT}/earlier",
            f"GET {CONTACT}/earlier/{{other_id}}",
            f"GET {CONTACT}/files/{{file_id}}",
            f"GET {CONTACT}/earlier/{{other_id}}/files/{{file_id}}",
            f"GET {CONTACT}/panel",
            f"GET {CONTACT}/panel/now",
            f"GET {CONTACT}/identify",
            f"GET {CONTACT}/provider",
            f"GET {CONTACT}/suggestions",
        ),
        STAFF,
        "desk",
        "contact",
        LOOK,
    ),
    Rule(
        (f"GET {CONTACT}/account", f"GET {CONTACT}/bill", f"GET {CONTACT}/usage", f"GET {CONTACT}/plans"),
        STAFF,
        "desk",
        "contact",
        LOOK,
        level=2,
    ),
    Rule((f"POST {CONTACT}/orders", f"GET {CONTACT}/service"), AGENTS, "desk", "contact", ACT, level=2),
    Rule((f"POST {CONTACT}/advice",), AGENTS, "desk", "contact", ACT),
    Rule((f"GET {CONTACT}/flow", f"POST {CONTACT}/flow"), AGENTS, "desk", "contact", ACT),
    Rule(
        tuple(
            f"POST {CONTACT}/{act}"
            for act in ("say", "draft", "size", "read", "files", "code", "password", "identify", "end")
        ),
        AGENTS,
        "desk",
        "contact",
        ACT,
    ),
    Rule((f"GET {CONTACT}/transfer", f"POST {CONTACT}/transfer"), AGENTS, "desk", "contact", ACT),
    Rule((f"GET {CONTACT}/wrap-up", f"POST {CONTACT}/wrap-up"), AGENTS, "desk", "contact", ACT),
    Rule((f"GET {CONTACT}/note", f"POST {CONTACT}/note"), AGENTS, "desk", "contact", ACT),
    Rule(
        (f"GET {CONTACT}/case", f"POST {CONTACT}/case", f"POST {CONTACT}/case/category"), AGENTS, "desk", "contact", ACT
    ),
    Rule((f"GET {CONTACT}/matter/{{case_id}}",), AGENTS, "desk", "matter", LOOK),
    Rule((f"POST {CONTACT}/matter/{{case_id}}/{{act}}",), AGENTS, "desk", "matter", ACT),
    # The desk: a case
    Rule(("GET /desk/cases", "GET /desk/cases/export", "POST /desk/cases/views"), AGENTS, "desk"),
    Rule(("POST /desk/cases/bulk",), AGENTS, "desk"),
    Rule((f"GET {CASE}", f"GET {CASE}/record", f"GET {CASE}/form/{{act}}"), AGENTS, "desk", "case", CASE_LOOK),
    Rule(tuple(f"POST {CASE}/{act}" for act in ACTS), AGENTS, "desk", "case", CASE_ACT),
    Rule((f"POST {CASE}/step",), AGENTS - {"agent"}, "desk", "case", CASE_ACT),
    Rule((f"POST {CASE}/files",), AGENTS, "desk", "case", CASE_ACT),
    Rule((f"GET {CASE}/files/{{file_id}}",), AGENTS, "desk", "case", CASE_LOOK),
    Rule((f"POST {CASE}/archive",), LEADERS, "desk", "case", CASE_LOOK),
    Rule(("GET /desk/callbacks", "POST /desk/callbacks"), AGENTS, "desk"),
    Rule(("GET /desk/approvals", "POST /desk/approvals"), LEADERS, "desk"),
    Rule(
        (
            *("GET /desk/campaigns", "GET /desk/campaigns/new", "POST /desk/campaigns"),
            *("GET /desk/campaigns/{code_id}", "POST /desk/campaigns/{code_id}"),
        ),
        frozenset({"administrator"}),
        "desk",
    ),
    Rule(
        ("GET /desk/messages", "GET /desk/messages/{code}", "POST /desk/messages/{code}"),
        frozenset({"administrator"}),
        "desk",
    ),
    Rule(
        (
            *("GET /desk/rules", "GET /desk/rules/edit", "POST /desk/rules/edit"),
            *("GET /desk/numbers", "GET /desk/numbers/new", "POST /desk/numbers"),
            *("GET /desk/ending-calls", "POST /desk/ending-calls"),
            *("GET /desk/chats", "GET /desk/chats/{key}", "POST /desk/chats/{key}"),
            *("GET /desk/numbers/{number}", "POST /desk/numbers/{number}"),
        ),
        frozenset({"administrator"}),
        "desk",
    ),
    Rule(
        ("GET /desk/flows", "GET /desk/flows/edit", "POST /desk/flows/edit", "POST /desk/flows/play"),
        frozenset({"administrator"}),
        "desk",
    ),
    # The desk: what is written down for everybody, and the team
    Rule(("GET /desk/knowledge", "GET /desk/knowledge/{article_id}"), READERS, "desk"),
    Rule(("GET /desk/knowledge/new", "POST /desk/knowledge"), WRITERS, "desk"),
    Rule(("GET /desk/knowledge/{article_id}/edit", "POST /desk/knowledge/{article_id}"), WRITERS, "desk"),
    Rule(("GET /desk/team", "GET /desk/team/desks", "GET /desk/team/agents"), LEADERS, "desk"),
    Rule(
        ("GET /desk/recordings/{interaction_id}", "GET /desk/recordings/{interaction_id}/sound"),
        LEADERS,
        "desk",
        answers="not_found",
    ),
    Rule(("GET /desk/calls",), LEADERS | {"planner", "administrator"}, "desk"),
    Rule(("GET /desk/standards", "GET /desk/standards/export", "GET /desk/answers/export"), LEADERS, "desk"),
    Rule(("GET /desk/costs", "GET /desk/costs/export"), LEADERS | {"planner"}, "desk"),
    Rule(("GET /desk/team/agents/{agent_id}", "POST /desk/team/agents/{agent_id}/desks"), LEADERS, "desk", "colleague"),
    Rule(("GET /desk/team/agents/{agent_id}/contacts/{interaction_id}",), LEADERS, "desk", "colleague", LOOK),
)


def rule_of(route: str) -> Rule:
    """The one rule that names the route. Raises LookupError for none or two."""
    named = [rule for rule in RULES if route in rule.routes]
    if len(named) != 1:
        raise LookupError(f"{len(named)} rules name {route}")
    return named[0]


def named_routes() -> list[str]:
    """Every route that a rule names, in the order of the table."""
    return [route for rule in RULES for route in rule.routes]


def at_the_door(rule: Rule, caller: str) -> Answer:
    """What a caller is told before it matters whom or what he asks about."""
    if caller in rule.who:
        return rule.answers
    if caller in STAFF and rule.door == "desk":
        return "not_allowed"  # that there is such a page is no secret to staff; there is somebody to ask
    return "sign_in"  # the other side's session counts for nothing here


def expected(rule: Rule, caller: str, *, basis: str, level: int, same_unit: bool) -> Answer:
    """What he is told about this contact, case, offer or colleague."""
    met = at_the_door(rule, caller)
    if met != "opens":
        return met
    if not same_unit:
        return "not_found"
    if basis == "own" and rule.about in {"contact", "matter", "case"} and caller not in AGENTS:
        return "not_found"  # whoever no longer takes contacts has none, whatever he had in his hands
    if basis == "none" and rule.about == "case":
        basis = "colleague"  # a case that is nobody's is for whoever leads to look at
    if basis == "colleague" and caller not in LEADERS:
        return "not_found"
    if basis not in rule.bases:
        return "not_found"
    return "not_proven" if level < rule.level else "opens"
