"""Papers that were printed and sealed, reached through the verbs."""

from marketplace.papers.actions import print_paper, sign_paper
from marketplace.papers.models import Paper
from marketplace.parties.models import Organisation, Role, User
from tests.given.people import a_bureau, a_person, an_organisation


def a_signatory(organisation: Organisation) -> User:
    return a_person(Role.SIGNATORY, of=organisation)


def a_paper(organisation: Organisation | None = None, by: User | None = None, **fields) -> Paper:
    """An unsealed notice of a bureau."""
    bureau = organisation or a_bureau(name="太仓市民政局")
    return print_paper(
        fields.pop("kind", "notice"),
        "papers/base.html",
        {},
        title=fields.pop("title", "居家养老服务合同"),
        about=fields.pop("about", bureau),
        organisation=bureau,
        by=by or a_signatory(bureau),
        **fields,
    )


def a_sealed_paper(*organisations: Organisation) -> Paper:
    """A paper with the seals of the bureau that issued it and of the others (one provider unless named)."""
    paper = a_paper()
    for organisation in (paper.organisation, *(organisations or [an_organisation(name="太仓市怡安养老服务中心")])):
        signer = a_signatory(organisation)
        sign_paper(paper, signer=signer, organisation=organisation, reason="签订合同", by=signer)
    return Paper.objects.get(pk=paper.pk)


def the_bytes(paper: Paper) -> bytes:
    with paper.file.open("rb") as file:
        return file.read()
