"""The flows made from the catalogue, each written as text like any other flow."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import yaml

from qiao import catalogue
from qiao.platform.i18n import CustomerTexts
from qiao.selfservice.built_in import built_in
from qiao.selfservice.model_flow import Flow
from qiao.selfservice.reading import read_flow
from qiao.selfservice.service_making import PREFIX, flow_tree

OWN: Final = {"reset_service_password": "password_reset"}
"""Services that have a flow written by hand."""


class _Plain(yaml.SafeDumper):
    """Flows have no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


@cache
def service_texts() -> dict[str, str]:
    """The text of the flow of each service that customers may have themselves, by the flow's code."""
    words = CustomerTexts.load("qiao.selfservice", "generated.yaml").sentences
    made = [
        flow_tree(one, words, catalogue.service(one.then) if one.then else None)
        for one in catalogue.services(audience="customer")
        if one.code not in OWN
    ]
    return {
        tree["flow"]: yaml.dump(tree, Dumper=_Plain, allow_unicode=True, sort_keys=False, width=10_000) for tree in made
    }


@cache
def every_flow() -> dict[str, Flow]:
    """Every flow that came with the house, those made from the catalogue among them, read."""
    made = {code: read_flow(text)[0] for code, text in service_texts().items()}
    return {**{code: flow for code, flow in made.items() if flow is not None}, **built_in()}


@cache
def flow_names() -> dict[str, Mapping[str, str]]:
    """How each flow that came with the house is called, by language, those made from the catalogue among them."""
    made = {f"{PREFIX}{one.code}": one.names for one in catalogue.services(audience="customer")}
    return {
        **{code: made[code] for code in service_texts()},
        **{code: one.names.by for code, one in built_in().items()},
    }


def flow_of_service(code: str) -> str:
    """The flow in which a service is had."""
    return OWN.get(code, f"{PREFIX}{code}")
