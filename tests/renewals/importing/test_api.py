"""POST api/registry/certificates/: who may, what is answered, what is refused. And the command."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from portal.accounts.actor import Actor
from portal.tenants import tenant_tx
from renewals.importing import clients
from renewals.models import Certificate, ImportRun, RegistryClient
from tests.renewals.hall import Hall
from tests.renewals.importing.rows import csv_of, row
from tests.renewals.views.page import url

BY = Actor.system("tests")


@pytest.fixture
def token(hall: Hall) -> str:
    with tenant_tx(hall.tenant, write=True):
        return clients.register("RA", by=BY)


def send(token: str, body: object) -> tuple[int, dict[str, object]]:
    answer = Client(enforce_csrf_checks=True).post(
        url("api-registry-certificates"),
        body if isinstance(body, str) else json.dumps(body),
        content_type="application/json",
        headers={"authorization": f"Bearer {token}"},
    )
    assert answer["Cache-Control"] == "no-store"
    return answer.status_code, answer.json()


def test_rows_are_taken_and_each_is_answered(hall: Hall, token: str) -> None:
    status, told = send(token, {"rows": [row(0xA1), row(0xA2, holder_code="1")]})
    assert (status, told["created"], told["refused"]) == (200, 1, 1)
    assert told["rows"] == [
        {"row": 1, "serial": "A1", "outcome": "created", "problems": []},
        {
            "row": 2,
            "serial": "",
            "outcome": "refused",
            "problems": [
                {
                    "column": "holder_code",
                    "code": "credit_code.length",
                    "params": {},
                    "message": "统一社会信用代码：统一社会信用代码应为 18 位，请对照营业执照核对",
                }
            ],
        },
    ]
    assert send(token, {"rows": [row(0xA1)]})[1]["unchanged"] == 1
    with tenant_tx(hall.tenant):
        assert ImportRun.objects.filter(source="api", by="registry client RA").count() == 2


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", {"rows": 1}, {"rows": ["x"]}, {"rows": [{"serial": 1}]}, {"rows": [{"colour": "red"}]}, "[" * 9999],
)
def test_a_body_of_another_shape_is_refused(hall: Hall, token: str, body: object) -> None:
    status, told = send(token, body)
    assert (status, told["error"]["code"]) == (422, "import.body_wrong")  # type: ignore[index]
    with tenant_tx(hall.tenant):
        assert not ImportRun.objects.exists()


def test_too_many_rows_at_once(hall: Hall, token: str) -> None:
    status, told = send(token, {"rows": [{}] * 201})
    assert (status, told["error"]["message"]) == (422, "一次最多 200 行。请分几次发送。")  # type: ignore[index]


def test_without_a_token_or_with_an_old_one_nothing_happens(hall: Hall, token: str) -> None:
    assert send("", {"rows": [row(0xA1)]})[0] == 401
    assert send("x" * 43, {"rows": [row(0xA1)]})[0] == 401
    with tenant_tx(hall.tenant, write=True):
        newer = clients.register("RA", by=BY)
    assert send(token, {"rows": [row(0xA1)]})[1]["error"]["code"] == "import.client_unknown"  # type: ignore[index]
    assert send(newer, {"rows": [row(0xA1)]})[0] == 200
    with tenant_tx(hall.tenant):
        assert Certificate.objects.count() == 1
        assert token not in str(list(RegistryClient.objects.values()))


def test_the_command_takes_a_file_and_names_what_it_refuses(hall: Hall, tmp_path: Path) -> None:
    file = tmp_path / "certificates.csv"
    file.write_bytes(csv_of(row(0xA1), row(0xA2, holder_code="1"), encoding="gb18030"))
    out = StringIO()
    with pytest.raises(CommandError, match="有 1 行未导入") as failed:
        call_command("certificates", "import", str(file), "--tenant", "szca", stdout=out)
    assert failed.value.returncode == 1
    assert "共 2 行：新登记 1，更新 0，没有变化 0，未导入 1" in out.getvalue()
    assert "第 3 行：统一社会信用代码：" in out.getvalue()
    file.write_bytes(csv_of(row(0xA1), row(0xA2)))
    call_command("certificates", "import", str(file), "--tenant", "szca", stdout=out)
    with tenant_tx(hall.tenant):
        assert Certificate.objects.count() == 2


def test_the_command_prints_a_template_and_tokens(hall: Hall) -> None:
    out = StringIO()
    call_command("certificates", "template", stdout=out)
    assert out.getvalue().startswith("业务项目,单位名称,统一社会信用代码,")
    shown = StringIO()
    call_command("certificates", "client", "RA", "--tenant", "szca", stdout=shown)
    assert send(shown.getvalue().strip(), {"rows": [row(0xA1)]})[0] == 200
    call_command("certificates", "client", "RA", "--tenant", "szca", "--withdraw", stdout=out)
    assert send(shown.getvalue().strip(), {"rows": []})[0] == 401
