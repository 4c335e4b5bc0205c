"""Killed anywhere, asked by many: one request, one certificate (FACTS: the naive worker doubled
106 of its orders under 133 kills)."""

import multiprocessing
import os
import threading

import pytest

from portal.gm import Certificate
from renewals.ca import DevCa, Issued, Pending, dev
from tests.renewals.ca.world import STORAGE_KEY, Clock

STEPS = ["intent_stored", "signed", "answer_stored"]


class PlugPulled(BaseException):
    """Not an Exception: nothing in the CA may tidy up after it, as nothing can after a kill."""


class ForgetfulCa(DevCa):
    """The mechanism taken out: nothing of an unfinished issuance is kept."""

    def request_certificate(self, request):
        try:
            return super().request_certificate(request)
        except PlugPulled:
            with self._store.write() as connection:
                connection.execute("DELETE FROM request WHERE state = 'intent'")
            raise


def serials_signed(monkeypatch, ca_class, folder, world, step):
    """The serials of all signing certificates signed for one wish, the plug pulled once at `step`."""
    signed = []

    def spy(*arguments, **named):
        made = real(*arguments, **named)
        if "digitalSignature" in made.key_usage:
            signed.append(made.serial_hex)
        return made

    def pull(reached):
        if reached == step and not pulled:
            pulled.append(reached)
            raise PlugPulled

    real, pulled = dev.sign_end_entity, []
    monkeypatch.setattr(dev, "sign_end_entity", spy)
    ca = ca_class(folder, STORAGE_KEY, production=False, clock=world.clock, on_step=pull)
    request = world.rekey("r")
    with pytest.raises(PlugPulled):
        ca.request_certificate(request)
    answer = ca_class(folder, STORAGE_KEY, production=False, clock=world.clock).request_certificate(request)
    assert isinstance(answer, Issued)
    assert Certificate.from_der(answer.signing_certificate_der).serial_hex == signed[-1]
    return set(signed)


@pytest.mark.parametrize("step", STEPS)
def test_one_serial_whenever_the_plug_is_pulled(monkeypatch, sm2_world, ca_folder, step):
    assert len(serials_signed(monkeypatch, DevCa, ca_folder, sm2_world, step)) == 1


def test_the_test_notices_when_the_intent_is_not_kept(monkeypatch, sm2_world, ca_folder):
    assert len(serials_signed(monkeypatch, ForgetfulCa, ca_folder, sm2_world, "signed")) == 2


def _die_at(folder, request, step):
    def die(reached):
        if reached == step:
            os._exit(137)

    DevCa(folder, STORAGE_KEY, production=False, clock=Clock(), on_step=die).request_certificate(request)


@pytest.mark.parametrize("step", STEPS)
def test_a_process_that_dies_leaves_something_to_go_on_from(sm2_world, ca_folder, step):
    request = sm2_world.rekey("r")
    child = multiprocessing.get_context("spawn").Process(target=_die_at, args=(ca_folder, request, step))
    child.start()
    child.join(60)
    assert child.exitcode == 137

    found = sm2_world.ca.lookup("r")
    assert isinstance(found, Issued if step == "answer_stored" else Pending)
    answer = sm2_world.ca.request_certificate(request)
    assert isinstance(answer, Issued)
    assert sm2_world.ca.lookup("r") == answer
    assert certificates(sm2_world, "r") == 2


def certificates(world, request_id):
    with world.ca._store.read() as connection:
        found = connection.execute("SELECT count(*) FROM certificate WHERE request_id = ?", (request_id,))
        return found.fetchone()[0]


def _ask(folder, request, go, answers):
    ca = DevCa(folder, STORAGE_KEY, production=False, clock=Clock())
    go.wait(30)
    answers.put(ca.request_certificate(request))


def test_two_processes_with_one_request_get_one_certificate(sm2_world, ca_folder):
    context = multiprocessing.get_context("spawn")
    go, answers, request = context.Barrier(2), context.Queue(), sm2_world.rekey("r")
    children = [context.Process(target=_ask, args=(ca_folder, request, go, answers)) for _ in range(2)]
    for child in children:
        child.start()
    first, second = answers.get(timeout=60), answers.get(timeout=60)
    for child in children:
        child.join(60)

    assert isinstance(first, Issued)
    assert first == second
    assert certificates(sm2_world, "r") == 2


def test_many_threads_with_one_request_get_one_certificate(sm2_world):
    answers, request = [], sm2_world.rekey("r")
    threads = [
        threading.Thread(target=lambda: answers.append(sm2_world.ca.request_certificate(request))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(answers) == 8
    assert len(set(answers)) == 1
    assert certificates(sm2_world, "r") == 2


def test_two_renewals_of_one_certificate_at_once_have_one_winner(sm2_world):
    requests = [sm2_world.rekey(f"r{number}") for number in range(6)]
    answers = []
    threads = [
        threading.Thread(target=lambda one=one: answers.append(sm2_world.ca.request_certificate(one)))
        for one in requests
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(isinstance(answer, Issued) for answer in answers) == 1
    assert {answer.reason_code for answer in answers if not isinstance(answer, Issued)} <= {
        "renewal_in_progress",
        "already_renewed",
    }


def _first_use(folder, go, chains):
    go.wait(30)
    chains.put(DevCa(folder, STORAGE_KEY, production=False).chain("SM2"))


def test_two_processes_that_make_the_authorities_agree(tmp_path):
    context = multiprocessing.get_context("spawn")
    go, chains = context.Barrier(2), context.Queue()
    children = [context.Process(target=_first_use, args=(tmp_path / "ca", go, chains)) for _ in range(2)]
    for child in children:
        child.start()
    first, second = chains.get(timeout=60), chains.get(timeout=60)
    for child in children:
        child.join(60)

    assert first == second
