"""What several tests stand on lies in `tests/given/` (or beside a journey), never in another test."""

import ast
from pathlib import Path

TESTS = Path(__file__).parents[1]


def imported(module: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.ImportFrom):
            found += [f"{node.module or ''}.{name.name}" for name in node.names]
        elif isinstance(node, ast.Import):
            found += [name.name for name in node.names]
    return found


def test_no_test_takes_anything_from_another_test():
    ours = {module.stem for module in TESTS.rglob("test_*.py")}
    borrowed = {
        (str(module.relative_to(TESTS)), name)
        for module in TESTS.rglob("*.py")
        for name in imported(module)
        if ours & set(name.split(".")[:-1]) or (name.startswith(("tests.", ".")) and name.split(".")[-1] in ours)
    }
    assert borrowed == set()
