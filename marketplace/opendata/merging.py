"""The merge rule of OCDS 1.1: from the releases of a process to its present state.

https://standard.open-contracting.org/1.1/en/schema/merging/ — objects merge field by field, lists of objects with an
`id` merge by id, other lists and the fields in WHOLE_LISTS are replaced, null removes.
"""

from typing import Any

# `wholeListMerge` in the release schema 1.1.5 and in the extensions that we declare.
WHOLE_LISTS = frozenset({"changes", "additionalIdentifiers", "additionalClassifications", "criteria"})
SPECIAL = frozenset({"id", "date", "tag"})


def compile_releases(releases: list[dict[str, Any]]) -> dict[str, Any]:
    """The compiled release. Equal dates keep the order in which they were published."""
    ordered = sorted(releases, key=lambda release: release["date"])
    state: dict[str, Any] = {}
    for release in ordered:
        _merge(state, {name: value for name, value in release.items() if name not in SPECIAL})
    last = ordered[-1]
    return {
        "ocid": state.pop("ocid"),
        "id": f"{last['ocid']}-{last['date']}",
        "date": last["date"],
        "tag": ["compiled"],
        **state,
    }


def _merge(state: dict[str, Any], news: dict[str, Any]) -> None:
    for name, value in news.items():
        if value is None:
            state.pop(name, None)
        elif isinstance(value, dict):
            inner = state.get(name)
            if not isinstance(inner, dict):
                inner = state[name] = {}
            _merge(inner, value)
        elif _is_merged_by_id(name, value):
            _merge_list(state, name, value)
        else:
            state[name] = value


def _is_merged_by_id(name: str, value: Any) -> bool:
    return (
        isinstance(value, list)
        and name not in WHOLE_LISTS
        and bool(value)
        and all(isinstance(item, dict) and "id" in item for item in value)
    )


def _merge_list(state: dict[str, Any], name: str, news: list[dict[str, Any]]) -> None:
    held = state.get(name)
    if not isinstance(held, list):
        held = state[name] = []
    by_id = {str(item.get("id")): item for item in held}
    for item in news:
        known = by_id.get(str(item["id"]))
        if known is None:
            known = by_id[str(item["id"])] = {}
            held.append(known)
        _merge(known, item)
