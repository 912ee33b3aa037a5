"""The tables of an app made at once.

Django draws its models anew after every operation of a migration, and everything that points at them: for an app of
fifty tables that point at people and organisations this is minutes. An initial migration needs the drawing only once,
at its end.
"""

from typing import Any

from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


class CreateTables(Operation):
    """The operations of an initial migration, as `makemigrations` wrote them, taken together."""

    def __init__(self, operations: list[Operation]) -> None:
        self.operations = operations

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.__dict__.pop("apps", None)  # drawn again, once, when somebody asks
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def _models(self, app_label: str, schema_editor: Any, state: ProjectState) -> list[Any]:
        """In the order in which the operations name them."""
        names = [operation.name for operation in self.operations if type(operation).__name__ == "CreateModel"]
        models = [state.apps.get_model(app_label, name) for name in names]
        return [model for model in models if self.allow_migrate_model(schema_editor.connection.alias, model)]

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for model in self._models(app_label, schema_editor, to_state):
            schema_editor.create_model(model)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for model in reversed(self._models(app_label, schema_editor, from_state)):
            schema_editor.delete_model(model)

    def describe(self) -> str:
        return "Create the tables of the app"


def create_tables(operations: list[Operation]) -> list[Operation]:
    """What an initial migration's `operations` is set to."""
    return [CreateTables(operations)]
