import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.fernet import Fernet, MultiFernet

from fintwin.identity import keys
from fintwin.identity.sealed import seal, unseal
from fintwin.identity.tokens import fresh, hashed, looks_right
from fintwin.kernel.errors import Misconfigured


def test_a_key_is_made_once_and_for_the_user_alone(tmp_path):
    first = keys.ring(tmp_path / "data", keys.FIELDS)
    keys.ring.cache_clear()
    again = keys.ring(tmp_path / "data", keys.FIELDS)
    path = tmp_path / "data" / keys.FIELDS
    assert unseal(seal("+44 2079460000", owner=7, ring=first), owner=7, ring=again) == "+44 2079460000"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == [keys.FIELDS]


def test_processes_that_start_together_share_one_key(tmp_path):
    def start(_: int) -> str:
        path = tmp_path / keys.FIELDS
        if not path.exists():
            keys._make(path, Fernet.generate_key())
        return path.read_text()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(start, range(40)))) == 1


def test_a_damaged_key_file_is_refused_with_a_sentence(tmp_path):
    (tmp_path / keys.FIELDS).write_text("not a key\n")
    with pytest.raises(Misconfigured, match="does not hold a key"):
        keys.ring(tmp_path, keys.FIELDS)
    (tmp_path / keys.COOKIES).write_text("")
    with pytest.raises(Misconfigured):
        keys.ring(tmp_path, keys.COOKIES)


def test_keys_rotate():
    old, new = Fernet(Fernet.generate_key()), Fernet(Fernet.generate_key())
    stored = seal("secret", owner=1, ring=MultiFernet([old]))
    assert unseal(stored, owner=1, ring=MultiFernet([new, old])) == "secret"


def test_a_field_moved_to_another_person_is_refused():
    ring = MultiFernet([Fernet(Fernet.generate_key())])
    with pytest.raises(Misconfigured, match="another person"):
        unseal(seal("secret", owner=1, ring=ring), owner=2, ring=ring)


def test_the_wrong_key_is_refused():
    stored = seal("secret", owner=1, ring=MultiFernet([Fernet(Fernet.generate_key())]))
    with pytest.raises(Misconfigured, match="does not open"):
        unseal(stored, owner=1, ring=MultiFernet([Fernet(Fernet.generate_key())]))


def test_nothing_said_is_nothing_sealed():
    ring = MultiFernet([Fernet(Fernet.generate_key())])
    assert seal("", owner=1, ring=ring) == ""
    assert unseal("", owner=1, ring=ring) == ""


def test_tokens_are_long_and_only_their_hash_is_kept():
    token, digest = fresh()
    assert looks_right(token)
    assert hashed(token) == digest
    assert len(digest) == 32
    assert fresh()[0] != token
    for garbage in ("", "x", token + "a", token[:-1] + "=", token[:-1] + "ä", "'" * 43):
        assert not looks_right(garbage)


def test_signing_keys_are_made_once_and_for_their_owner_alone(tmp_path):
    assert keys.signers(tmp_path, make=False) == ()
    [made] = keys.signers(tmp_path)
    assert [keys.public_key(one) for one in keys.signers(tmp_path)] == [keys.public_key(made)]
    assert (tmp_path / keys.SEALS).stat().st_mode & 0o777 == 0o600
    for damaged in ("", "x", "c2hvcnQ="):
        (tmp_path / keys.SEALS).write_text(damaged)
        with pytest.raises(Misconfigured, match="does not hold a key"):
            keys.signers(tmp_path)
