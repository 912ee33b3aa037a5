import pytest


@pytest.fixture(autouse=True)
def _keys_apart(settings, tmp_path_factory):
    """One demo authority for the whole run, in a folder of the tests'."""
    keys = tmp_path_factory.getbasetemp() / "keys"
    settings.SEAL_DIR = str(keys)
    settings.SEAL_AUTHORITIES = str(keys / "authority.pem")
    settings.VAR_DIR = tmp_path_factory.getbasetemp()
