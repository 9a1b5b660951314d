import threading

from market.accounts import passwords


def test_a_hash_states_the_owasp_parameters():
    assert passwords.hash_password("x").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_no_more_hashes_run_at_once_than_there_are_slots(monkeypatch):
    """Four callers, two slots: the third waits until one of the first two is done."""
    running, most, lock, go = 0, 0, threading.Lock(), threading.Event()

    class SlowHasher:
        def hash(self, _password: str) -> str:
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            go.wait(0.05)
            with lock:
                running -= 1
            return "hashed"

    monkeypatch.setattr(passwords, "_hasher", SlowHasher())
    monkeypatch.setattr(passwords, "_slots", threading.BoundedSemaphore(2))
    threads = [threading.Thread(target=passwords.hash_password, args=("x",)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2
