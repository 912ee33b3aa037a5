"""What a visitor asks: a code, or a file."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

LARGEST_FILE = 20 * 1024 * 1024


class FileCheckForm(forms.Form):
    """The visitor's own copy. It is compared and forgotten, never kept."""

    file = forms.FileField(
        label=_("Your copy of the document"),
        help_text=_("The PDF or the receipt file that you were given, up to 20 MB. We compare it and do not keep it."),
        widget=forms.ClearableFileInput(attrs={"accept": ".pdf,.json,application/pdf,application/json"}),
    )

    def clean_file(self) -> UploadedFile | None:
        file = self.cleaned_data["file"]
        if file and file.size > LARGEST_FILE:
            raise ValidationError(_("This file is larger than 20 MB, so it is not one of ours."), code="too_large")
        return file


class VerifyForm(FileCheckForm):
    """The code from the paper, or the file itself."""

    code = forms.CharField(
        label=_("Verification code"),
        help_text=_("It stands beside the QR code, such as MF-8K3Q-Z1V9-7TXC."),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
    )
    field_order = ["code", "file"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].required = False
        self.fields["file"].label = _("Or your copy of the document")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors and not cleaned.get("code") and not cleaned.get("file"):
            raise ValidationError(_("Enter the verification code or choose a file."), code="nothing")
        return cleaned


class SealForm(forms.Form):
    """An organisation's own certificate."""

    file = forms.FileField(
        label=_("Certificate file (PKCS#12, .p12 or .pfx)"),
        widget=forms.ClearableFileInput(attrs={"accept": ".p12,.pfx,application/x-pkcs12"}),
        help_text=_("With its private key. It is kept encrypted, outside the database."),
    )
    passphrase = forms.CharField(label=_("Its passphrase"), widget=forms.PasswordInput(attrs={"autocomplete": "off"}))

    def clean_file(self) -> UploadedFile:
        file = self.cleaned_data["file"]
        if file.size > 100 * 1024:
            raise ValidationError(_("This is no certificate file: it is too large."), code="too_large")
        return file
