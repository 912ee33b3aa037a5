"""What the body of a page is built from. Few blocks, each with one look."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail import blocks
from wagtail.contrib.typed_table_block.blocks import TypedTableBlock
from wagtail.documents.blocks import DocumentChooserBlock

TEXT_FEATURES = ["h3", "bold", "ol", "ul", "link", "document-link"]


class NoticeBlock(blocks.StructBlock):
    """What a reader must not miss."""

    tone = blocks.ChoiceBlock(
        choices=[("info", _("Good to know")), ("warning", _("Take care")), ("success", _("In short"))],
        default="info",
        label=_("Tone"),
    )
    text = blocks.RichTextBlock(features=["bold", "link"], label=_("Text"))

    class Meta:
        icon = "warning"
        label = _("Notice box")
        template = "cms/blocks/notice.html"


class QuestionBlock(blocks.StructBlock):
    """One question and its answer, opened by a click; open on paper."""

    question = blocks.CharBlock(max_length=120, label=_("Question"))
    answer = blocks.RichTextBlock(features=TEXT_FEATURES, label=pgettext_lazy("question and answer", "Answer"))

    class Meta:
        icon = "help"
        label = _("Question and answer")
        template = "cms/blocks/question.html"


class StepsBlock(blocks.StructBlock):
    """What to do, one thing after another."""

    steps = blocks.ListBlock(
        blocks.StructBlock(
            [
                ("title", blocks.CharBlock(max_length=80, label=_("Step"))),
                ("text", blocks.RichTextBlock(features=["bold", "ul", "link"], label=_("Text"))),
            ]
        ),
        label=_("Steps"),
    )

    class Meta:
        icon = "list-ol"
        label = _("Steps")
        template = "cms/blocks/steps.html"


class LinkBlock(blocks.StructBlock):
    """A page of the marketplace that the reader may want next."""

    label = blocks.CharBlock(max_length=60, label=_("Label"))
    address = blocks.CharBlock(max_length=200, label=_("Address"), help_text=_("Begins with / for this site."))

    class Meta:
        icon = "link"
        label = _("Button")
        template = "cms/blocks/link.html"


class BodyBlock(blocks.StreamBlock):
    heading = blocks.CharBlock(max_length=80, icon="title", label=_("Heading"), template="cms/blocks/heading.html")
    text = blocks.RichTextBlock(features=TEXT_FEATURES, icon="pilcrow", label=_("Text"))
    notice = NoticeBlock()
    steps = StepsBlock()
    table = TypedTableBlock(
        [
            ("text", blocks.CharBlock(required=False, label=_("Text"))),
            ("number", blocks.CharBlock(required=False, label=pgettext_lazy("figure", "Number"))),
        ],
        label=_("Table"),
        template="cms/blocks/table.html",
    )
    question = QuestionBlock()
    link = LinkBlock()
    file = DocumentChooserBlock(label=_("File"), template="cms/blocks/file.html")
