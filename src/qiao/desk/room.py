"""Wiring of the desk: its routes, its place in the menu, its lines on the timeline."""

from qiao.desk import (
    approval_pages,
    callback_pages,
    case_bulk,
    case_export,
    case_files,
    case_list_pages,
    case_pages,
    case_views,
    contact_account,
    contact_case,
    contact_endings,
    contact_matter,
    contact_orders,
    contact_pages,
    contact_panel,
    contact_proof,
    contact_service,
    contact_suggestions,
    contact_talk,
    cost_pages,
    flow_pages,
    go_pages,
    knowledge_pages,
    notes,
    number_pages,
    offer_pages,
    presence_pages,
    rule_pages,
    second_factor_pages,
    sign_in_pages,
    standards_pages,
    stream,
    team_pages,
    template_pages,
    work_pages,
)
from qiao.kernel.languages import N_
from qiao.platform.room import Room
from qiao.ui import Link, register_link


def register() -> None:
    """Fill the menu and make the desk's lines known to the timeline."""
    notes.register_kinds()
    for link in (
        Link("work", "/desk", N_("My work"), "home", None, 10),
        Link("cases", "/desk/cases", N_("Cases"), "list", "cases.read", 20),
        Link("knowledge", "/desk/knowledge", N_("Knowledge"), "book", "knowledge.read", 30),
        Link("callbacks", "/desk/callbacks", N_("Calls owed"), "phone", "contacts.take", 25),
        Link("messages", "/desk/messages", N_("Messages to customers"), "send", "outreach.templates", 50),
        Link("numbers", "/desk/numbers", N_("Service numbers"), "phone", "routing.numbers", 49),
        Link("rules", "/desk/rules", N_("Rules of cases"), "gear", "cases.administer", 48),
        Link("flows", "/desk/flows", N_("Flows"), "chat", "selfservice.administer", 49),
        Link("approvals", "/desk/approvals", N_("Approvals"), "shield", "compensation.approve", 35),
        Link("team", "/desk/team", N_("Team"), "users", "team.view", 40),
        Link("costs", "/desk/costs", N_("Cost and self-service"), "chart", "insight.read", 46),
        Link("standards", "/desk/standards", N_("How we keep our word"), "chart", "team.view", 45),
    ):
        register_link(link)


ROOM = Room(
    name="desk",
    routes=(
        *sign_in_pages.ROUTES,
        *second_factor_pages.ROUTES,
        *work_pages.ROUTES,
        *presence_pages.ROUTES,
        stream.ROUTE,
        *offer_pages.ROUTES,
        *contact_pages.ROUTES,
        *contact_talk.ROUTES,
        *contact_panel.ROUTES,
        *contact_proof.ROUTES,
        *contact_account.ROUTES,
        *contact_service.ROUTES,
        *contact_suggestions.ROUTES,
        *contact_orders.ROUTES,
        *contact_case.ROUTES,
        *contact_matter.ROUTES,
        *contact_endings.ROUTES,
        *approval_pages.ROUTES,
        *case_export.ROUTES,
        *case_list_pages.ROUTES,
        *case_pages.ROUTES,
        *case_views.ROUTES,
        *case_bulk.ROUTES,
        *case_files.ROUTES,
        *callback_pages.ROUTES,
        *template_pages.ROUTES,
        *number_pages.ROUTES,
        *knowledge_pages.ROUTES,
        *go_pages.ROUTES,
        *team_pages.ROUTES,
        *standards_pages.ROUTES,
        *cost_pages.ROUTES,
        *rule_pages.ROUTES,
        *flow_pages.ROUTES,
    ),
    register=register,
)
