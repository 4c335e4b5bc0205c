"""The upload field: a bad file is worded at its field, and the others stay (issue 3, Documents)."""

import pytest
from django import forms
from django.utils.datastructures import MultiValueDict

from portal.errors import GuardRefused
from portal.files import errors, store
from portal.files.accepted import Accepted
from portal.files.forms import Kept, UploadField
from portal.files.models import StoredFile
from portal.files.receiving import Slot, receive
from portal.tenants import tenant_tx
from portal.tenants.models import Tenant
from portal.ui.forms import problems
from tests.portal.files import papers
from tests.portal.files.conftest import OWNER, SYSTEM, content_of
from tests.portal.files.papers import upload

pytestmark = pytest.mark.timeout(60)


class Papers(forms.Form):
    handler = forms.CharField(label="经办人")
    licence = UploadField(label="营业执照")
    photo = UploadField(label="照片", kinds=("jpeg", "png"), required=False)


def files(**named: object) -> MultiValueDict[str, object]:
    return MultiValueDict({name: [held] for name, held in named.items()})


def test_a_good_file_is_accepted_in_the_form() -> None:
    form = Papers({"handler": "测试员"}, files(licence=upload("执照.pdf", papers.plain_pdf())))
    assert form.is_valid()
    assert isinstance(form.cleaned_data["licence"], Accepted)
    assert form.cleaned_data["photo"] is None


def test_a_bad_one_is_worded_at_its_field_and_the_other_is_still_taken() -> None:
    sent = files(licence=upload("执照.pdf", papers.locked_pdf(user="secret")), photo=upload("a.png", papers.png()))
    form = Papers({"handler": "测试员"}, sent)
    assert not form.is_valid()
    assert set(form.errors) == {"licence"}
    assert form.errors["licence"] == [
        "打开这个文件要输入密码。请用打开它的软件选择“打印”，打印为新的 PDF 后上传，或直接拍照上传。"
    ]
    assert isinstance(form.cleaned_data["photo"], Accepted)
    assert form["handler"].value() == "测试员"
    assert [control for control, _sentence in problems(form)] == ["id_licence"]


def test_a_missing_one_is_asked_for_unless_one_is_kept() -> None:
    assert Papers({"handler": "x"}).errors == {"licence": ["请选择文件。"]}
    form = Papers({"handler": "x"})
    form.fields["licence"].keep(Kept("执照<1>.pdf", 2048, "/files/x/"))  # type: ignore[attr-defined]
    assert form.is_valid()
    drawn = str(form["licence"])
    assert '<a href="/files/x/">执照&lt;1&gt;.pdf</a>' in drawn
    assert " required" not in drawn


def test_the_control_says_what_it_takes() -> None:
    drawn = str(Papers()["photo"])
    assert 'accept=".jpg,.jpeg,.png,image/jpeg,image/png"' in drawn
    assert 'data-max-bytes="20971520"' in drawn
    assert Papers()["photo"].help_text == "支持 JPG、PNG，每个文件不超过 20 MB。"


def test_the_gate_being_away_is_worded_at_the_field(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_items: object, **_options: object) -> None:
        raise errors.GateUnavailable

    monkeypatch.setattr("portal.files.gate.sandbox.run", away)
    form = Papers({"handler": "x"}, files(licence=upload("执照.pdf", papers.plain_pdf())))
    [sentence] = form.errors["licence"]
    assert "稍" in sentence or "几分钟" in sentence


SLOTS = [Slot("form", "form", kinds=("pdf",)), Slot("licence", "licence"), Slot("proxy", "proxy")]


@pytest.mark.django_db(transaction=True)
def test_each_paper_stands_for_itself(tenant: Tenant) -> None:
    """RULES C7: the stamped form and the stamped licence, each good one kept."""
    attached: dict[str, str] = {}
    sent = {"form": upload("表.png", papers.png()), "licence": upload("执照.jpg", papers.jpeg())}
    received = receive(
        tenant,
        sent,
        SLOTS,
        owner=OWNER,
        by=SYSTEM,
        attach=lambda slot, file: attached.update({slot.name: file.public_id}),
    )
    assert set(received.stored) == {"licence"}
    assert attached == {"licence": received.stored["licence"].public_id}
    assert received.refused.keys() == {"form"}
    assert received.refused["form"].startswith("不支持这种格式，请上传 PDF 文件。")
    assert content_of(received.stored["licence"])


@pytest.mark.django_db(transaction=True)
def test_a_paper_that_can_not_be_attached_is_not_there(tenant: Tenant) -> None:
    def refuse(_slot: Slot, _file: StoredFile) -> None:
        raise GuardRefused

    with pytest.raises(GuardRefused):
        receive(tenant, {"licence": upload("a.png", papers.png())}, SLOTS, owner=OWNER, by=SYSTEM, attach=refuse)
    with tenant_tx(tenant):
        [left] = StoredFile.objects.all()
        with pytest.raises(errors.FileNotFound):
            store.get(left.public_id)
